import { readFileSync } from 'node:fs';
import type { EngineProcess } from '../jobs/engine-process.ts';
import type { JobView } from './view.ts';

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

/** The part of standard input that is needed here. */
export interface Keyboard {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (data: Buffer) => void): unknown;
  removeListener(event: 'data', listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/**
 * Turns the key `p` of a live view, and Ctrl-Z and its like (SIGTSTP, SIGCONT) of every view, into a pause of the
 * engine: the map is saved, and nothing is asked of the disk until it goes on.
 */
export class PauseKeys {
  readonly #engine: EngineProcess;
  readonly #view: JobView;
  readonly #keyboard: Keyboard | undefined;
  #isPaused = false;
  #isListening = false;

  /** Without a keyboard only signals are heard. */
  constructor(engine: EngineProcess, view: JobView, keyboard: Keyboard | undefined) {
    this.#engine = engine;
    this.#view = view;
    this.#keyboard = keyboard?.isTTY ? keyboard : undefined;
    process.on('SIGTSTP', this.#onStop);
    process.on('SIGCONT', this.#onContinue);
    this.listen();
  }

  /** Takes single keys off the terminal, which then does not make signals of them any more. */
  listen(): void {
    if (!this.#keyboard || this.#isListening) return;
    this.#isListening = true;
    this.#keyboard.setRawMode?.(true);
    this.#keyboard.on('data', this.#onKey);
    this.#keyboard.resume();
  }

  /** Gives the terminal back: for a question, and at the end. */
  deafen(): void {
    if (!this.#keyboard || !this.#isListening) return;
    this.#isListening = false;
    this.#keyboard.removeListener('data', this.#onKey);
    this.#keyboard.setRawMode?.(false);
    this.#keyboard.pause();
  }

  release(): void {
    this.deafen();
    process.removeListener('SIGTSTP', this.#onStop);
    process.removeListener('SIGCONT', this.#onContinue);
  }

  readonly #onKey = (data: Buffer): void => {
    for (const key of data.toString('latin1')) {
      if (key === 'p' || key === 'P' || key === ' ') this.#turn(!this.#isPaused);
      else if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
      else if (key === CTRL_Z) this.#onStop();
    }
  };

  #turn(pause: boolean): void {
    this.#isPaused = pause;
    this.#engine.send({ do: pause ? 'pause' : 'resume' });
    this.#view.say(
      pause
        ? 'Paused: nothing is asked of the disk, the map is saved. p goes on, Ctrl-C stops.'
        : 'Ctrl-C stops safely, p pauses; the same command goes on later.',
    );
  }

  readonly #onStop = (): void => {
    const wasListening = this.#isListening;
    this.deafen();
    this.#view.close();
    this.#turn(true);
    // The default action of the signal that was caught; SIGCONT goes on behind it.
    process.kill(process.pid, 'SIGSTOP');
    // In the background the terminal is somebody else's: to change it would stop this process once more.
    if (wasListening && isInForeground()) this.listen();
  };

  readonly #onContinue = (): void => {
    if (this.#isPaused) this.#turn(false);
  };
}

/** Whether the terminal is with this process group: fields 5 and 8 of /proc/self/stat (man 5 proc_pid_stat). */
function isInForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[2] === fields[5];
}
