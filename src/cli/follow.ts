import { type EngineProcess, startEngine } from '../jobs/engine-process.ts';
import type { JobSpec } from '../jobs/job-spec.ts';
import { STOPPED } from '../jobs/refusal.ts';
import { bootHintLines } from './boot-hint.ts';
import { canAsk, confirmByWord, confirmGptFix, confirmHopeless } from './confirm.ts';
import { EXIT, type ExitCode, exitCodeOfRescue } from './exit-codes.ts';
import { JsonView } from './json-view.ts';
import { LineView } from './line-view.ts';
import { LiveView, SMALLEST_COLUMNS, SMALLEST_ROWS } from './live-view.ts';
import { PauseKeys } from './pause-keys.ts';
import { StopKeys } from './stop-keys.ts';
import { terminalLook } from './terminal.ts';
import type { JobView } from './view.ts';

/** With nobody there, what comes back by itself (a bus that was reset) does so soon, or not at all. */
const UNATTENDED_WAIT_SECONDS = 30;

/** A job; how long it waits for what is lost depends on the terminal when it was not said. */
export type FrontSpec = Omit<JobSpec, 'waitSeconds'> & {
  readonly waitSeconds?: JobSpec['waitSeconds'] | undefined;
};

/** Starts an engine for a job, shows what it tells, and gives its verdict as exit code. */
export async function runInFront(spec: FrontSpec, json: boolean, plain = false): Promise<ExitCode> {
  const view = viewFor(json, plain);
  // What goes on in the background can be watched and stopped at any time.
  const isAttended = spec.detached || (canAsk() && !json);
  const waitSeconds = spec.waitSeconds ?? (isAttended ? 'forever' : UNATTENDED_WAIT_SECONDS);
  try {
    return await follow({ ...spec, waitSeconds }, view, json);
  } finally {
    view.close();
  }
}

/** The view that fits the terminal; lines instead of a panel with `plainLines`. */
export function viewFor(json: boolean, plainLines: boolean): JobView {
  if (json) return new JsonView();
  const look = terminalLook(process.env);
  const { stdout } = process;
  const fits = stdout.isTTY && stdout.columns >= SMALLEST_COLUMNS && stdout.rows >= SMALLEST_ROWS;
  if (fits && !plainLines && process.env.TERM !== 'dumb') {
    const view = new LiveView(stdout, look);
    stdout.on('resize', () => view.resized());
    return view;
  }
  const plain = stdout.isTTY ? look : { colour: false, unicode: look.unicode };
  return new LineView((line) => void stdout.write(`${line}\n`), plain);
}

/** Follows the job to its end. */
async function follow(spec: JobSpec, view: JobView, json: boolean): Promise<ExitCode> {
  const engine = startEngine(spec);
  const keys = new StopKeys(engine, view);
  const pauseKeys = new PauseKeys(engine, view, view instanceof LiveView ? process.stdin : undefined);
  try {
    return (await lastWord(engine, keys, pauseKeys, view, spec, json)) ?? engineDied(engine, keys, spec);
  } finally {
    pauseKeys.release();
    keys.release();
  }
}

/** The exit code that the job's last event means; undefined when the engine ended without one. */
async function lastWord(
  engine: EngineProcess,
  keys: StopKeys,
  pauseKeys: PauseKeys,
  view: JobView,
  spec: JobSpec,
  json: boolean,
): Promise<ExitCode | undefined> {
  let isWholeDisk = false;
  for await (const event of engine.events) {
    view.show(event);
    if (event.event === 'plan') isWholeDisk = event.fileSystem === 'disk';
    switch (event.event) {
      case 'question':
        pauseKeys.deafen();
        if (event.code === 'hopeless-left') {
          engine.send({ do: 'hopeless', try: canAsk() && !json && (await confirmHopeless(event)) });
          pauseKeys.listen();
          break;
        }
        if (event.code === 'gpt-not-right') {
          engine.send({ do: 'fix-gpt', fix: canAsk() && !json && (await confirmGptFix(event)) });
          pauseKeys.listen();
          break;
        }
        if (json || !(await confirmByWord(event, spec.target))) {
          const why = canAsk() && !json ? 'Nothing was touched.' : `${event.message} ${event.advice}`;
          process.stderr.write(`lifeboat: ${why}\n`);
          engine.kill();
          return EXIT.refused;
        }
        engine.send({ do: 'confirm' });
        pauseKeys.listen();
        break;
      case 'refused': {
        const passing = event.overridable ? ' (--force goes on in spite of it.)' : '';
        process.stderr.write(`lifeboat: ${event.message} ${event.advice}${passing}\n`);
        return event.code === STOPPED ? EXIT.stopped : EXIT.refused;
      }
      case 'start':
        if (!spec.detached || event.job === undefined) break;
        if (!json) process.stdout.write(`${leftLines(engine.pid, event.job)}\n`);
        return EXIT.saved;
      case 'done':
        keys.release();
        if (event.verdict !== 'saved' && event.verdict !== 'losses') return exitCodeOfRescue(event);
        // Then the target is closed, and locked again where disks are kept locked.
        await engine.ended();
        if (!json) {
          for (const line of await bootHintLines(spec.target, isWholeDisk)) process.stdout.write(`${line}\n`);
        }
        return exitCodeOfRescue(event);
      default:
        break;
    }
  }
  return undefined;
}

function leftLines(pid: number | undefined, job: string): string {
  return `\nThe rescue goes on by itself, as process ${pid}.\nWatch it:  lifeboat attach ${job}\nStop it:   lifeboat stop ${job}`;
}

function engineDied(engine: EngineProcess, keys: StopKeys, spec: JobSpec): ExitCode {
  if (keys.gaveUp) {
    process.stderr.write(
      `lifeboat: ended before it had stopped by itself; the map ${spec.map} holds what was saved until then. The same command goes on.\n`,
    );
    return EXIT.stopped;
  }
  const detail = engine.stderrText();
  process.stderr.write(
    `lifeboat: the rescue process ended unexpectedly; the map ${spec.map} holds what was saved. The same command goes on.${detail ? `\n${detail}` : ''}\n`,
  );
  return EXIT.failed;
}
