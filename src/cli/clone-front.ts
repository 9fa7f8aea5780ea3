import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import type { CloneEvent } from '../jobs/clone-events.ts';
import { runCloneJob } from '../jobs/clone-job.ts';
import type { CloneCommand, CloneSpec } from '../jobs/clone-spec.ts';
import { cloneThreads, startCloneEngine } from '../jobs/engine-process.ts';
import { STOPPED } from '../jobs/refusal.ts';
import { bootHintLines } from './boot-hint.ts';
import { CloneView } from './clone-view.ts';
import { canAsk, confirmByWord } from './confirm.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { UsageError } from './usage-error.ts';

/** How a clone or an image is shown. */
export interface CloneLook {
  readonly quiet: boolean;
  readonly json: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** After this many requests to stop, it is not asked any more but ended. */
const PATIENCE = 3;

/**
 * Runs a clone, an image or a restore, shows what it tells, and gives its verdict as exit code. `told` puts the names
 * that people know in the place of paths of this machine.
 */
export async function runCloneInFront(
  spec: CloneSpec,
  command: 'clone' | 'image' | 'metadata',
  { quiet, json }: CloneLook,
  told: (text: string) => string = (text) => text,
): Promise<ExitCode> {
  const output = 'target' in spec ? spec.target : undefined;
  if (json && output === STANDARD_STREAM)
    throw new UsageError('--json and the copy cannot both go to standard output', command);
  const stream = output === STANDARD_STREAM ? process.stderr : process.stdout;
  const view = new CloneView(stream, quiet);
  const show = (event: CloneEvent): void => {
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else view.show(event);
  };
  const front = new CloneFront(spec, show, json, told);
  const isStream = spec.source === STANDARD_STREAM || output === STANDARD_STREAM;
  const code = await (isStream ? front.runHere() : front.runInEngine());
  const isVolume = spec.task === 'clone' || spec.task === 'restore';
  if (isVolume && isWritten(code) && !quiet && !json) await sayBootHint(spec.target);
  return code;
}

const isWritten = (code: ExitCode): boolean => code === EXIT.saved || code === EXIT.losses;

async function sayBootHint(target: string): Promise<void> {
  const lines = target === STANDARD_STREAM ? [] : await bootHintLines(target, false);
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** The front end of one job: its questions, Ctrl-C, and how it ended. */
class CloneFront {
  readonly #spec: CloneSpec;
  readonly #show: (event: CloneEvent) => void;
  readonly #json: boolean;
  readonly #told: (text: string) => string;
  #hasDeclined = false;
  #exitCode: ExitCode | undefined;

  constructor(
    spec: CloneSpec,
    show: (event: CloneEvent) => void,
    json: boolean,
    told: (text: string) => string,
  ) {
    this.#told = told;
    this.#spec = spec;
    this.#show = show;
    this.#json = json;
  }

  /** In this process: the engine's own standard streams are taken. */
  async runHere(): Promise<ExitCode> {
    // Takes effect, since nothing has asked for a thread yet.
    process.env.UV_THREADPOOL_SIZE ??= String(cloneThreads());
    let confirm: () => void = () => undefined;
    const confirmed = new Promise<void>((resolve) => {
      confirm = resolve;
    });
    let stop: () => void = () => undefined;
    const send = (command: CloneCommand): void => (command.do === 'stop' ? stop() : confirm());
    const release = this.#onSignals(send, () => process.exit(EXIT.stopped));
    try {
      await runCloneJob(this.#spec, {
        emit: (event) => void this.#take(event, send),
        confirmed: () => confirmed,
        onStop: (listener) => {
          stop = listener;
        },
      });
    } finally {
      release();
    }
    return this.#exitCode ?? EXIT.failed;
  }

  async runInEngine(): Promise<ExitCode> {
    const engine = startCloneEngine(this.#spec);
    let gaveUp = false;
    const release = this.#onSignals(engine.send, () => {
      gaveUp = true;
      engine.kill();
    });
    try {
      for await (const event of engine.events) {
        await this.#take(event, engine.send);
        if (this.#exitCode !== undefined) return this.#exitCode;
      }
    } finally {
      release();
    }
    if (gaveUp) {
      process.stderr.write('lifeboat: ended before it had stopped by itself.\n');
      return EXIT.stopped;
    }
    const detail = engine.stderrText();
    process.stderr.write(
      `lifeboat: the process that did the work ended unexpectedly.${detail ? `\n${detail}` : ''}\n`,
    );
    return EXIT.failed;
  }

  async #take(heard: CloneEvent, send: (command: CloneCommand) => void): Promise<void> {
    const event = JSON.parse(this.#told(JSON.stringify(heard))) as CloneEvent;
    this.#show(event);
    switch (event.event) {
      case 'question': {
        const target = 'target' in this.#spec ? this.#told(this.#spec.target) : '';
        const asks = canAsk() && !this.#json;
        if (asks && (await confirmByWord(event, target))) {
          send({ do: 'confirm' });
          break;
        }
        this.#hasDeclined = true;
        process.stderr.write(
          `lifeboat: ${asks ? 'Nothing was touched.' : `${event.message} ${event.advice}`}\n`,
        );
        send({ do: 'stop' });
        break;
      }
      case 'refused':
        if (!this.#hasDeclined) tell(event);
        this.#exitCode = event.code === STOPPED && !this.#hasDeclined ? EXIT.stopped : EXIT.refused;
        break;
      case 'done':
        if (event.failure !== undefined) tell(event.failure);
        this.#exitCode = exitCodeOf(event.verdict);
        break;
      default:
        break;
    }
  }

  /** Ctrl-C and its like: a stop in good order first, and an end when that does not come. */
  #onSignals(send: (command: CloneCommand) => void, end: () => void): () => void {
    let asked = 0;
    const onSignal = (): void => {
      asked++;
      if (asked >= PATIENCE) end();
      else send({ do: 'stop' });
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    return () => {
      for (const signal of SIGNALS) process.removeListener(signal, onSignal);
    };
  }
}

/** One line: what went wrong, and what to do. */
function tell({
  message,
  advice,
  errno,
}: {
  readonly message: string;
  readonly advice: string;
  readonly errno: string | undefined;
}): void {
  const end = /[.!]$/.test(message) ? '' : '.';
  // Where a file cannot be opened the message has it already.
  const number = errno === undefined || message.includes(`(${errno})`) ? '' : ` (${errno})`;
  process.stderr.write(`lifeboat: ${message}${number}${end}${advice === '' ? '' : ` ${advice}`}\n`);
}
