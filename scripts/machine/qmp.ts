import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { connected } from './socket.ts';

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** Talks to QEMU in its own protocol (QMP): commands and answers as lines of JSON. */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting: { done: (value: unknown) => void; fail: (error: Error) => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    let pending = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const lines = (pending + text).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') this.#take(JSON.parse(line) as Answer);
    });
    const fail = (): void => {
      for (const { fail: give } of this.#waiting.splice(0)) give(new Error('QEMU has ended'));
    };
    socket.on('error', fail);
    socket.on('close', fail);
  }

  static async connect(path: string, qemu: ChildProcess): Promise<Qmp> {
    const qmp = new Qmp(await connected(path, qemu));
    await qmp.ask('qmp_capabilities');
    return qmp;
  }

  /** Carries out a command of QEMU; rejects with what QEMU says against it. */
  ask(command: string, words: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((done, fail) => {
      this.#waiting.push({ done, fail });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: words })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(answer: Answer): void {
    // Greetings and events answer nothing.
    if (answer.return === undefined && answer.error === undefined) return;
    const next = this.#waiting.shift();
    if (answer.error !== undefined) next?.fail(new Error(`QEMU: ${answer.error.desc}`));
    else next?.done(answer.return);
  }
}
