import type { SerialConsole } from './serial-console.ts';

const COMMAND_MS = 300_000;

/** A shell at the other end of a serial line, which echoes nothing and has no prompt. */
export class SerialShell {
  readonly #console: SerialConsole;
  #marks = 0;

  constructor(console: SerialConsole) {
    this.#console = console;
  }

  /** Runs a command to its end and returns what it printed; rejects when its exit code is not 0. */
  async run(command: string, withinMs = COMMAND_MS): Promise<string> {
    const mark = this.begin(command);
    const ended = await this.#console.waitFor(new RegExp(`([\\s\\S]*?)${mark} (\\d+)::`), withinMs);
    if (ended === undefined) throw new Error(`the machine went off during: ${command}`);
    const [, output = '', code] = ended;
    if (code !== '0') throw new Error(`${command}: exit ${code}: ${output.trim()}`);
    return output.trim();
  }

  /** Starts a command; its end is told on the console as `MARK CODE::`, with the mark that comes back. */
  begin(command: string): string {
    const mark = `::end-${++this.#marks}`;
    // The mark is put together by the shell: the line itself must not look like it.
    this.#console.send(`${command}\nprintf '%s-%s %s::\\n' ::end ${this.#marks} $?\n`);
    return mark;
  }
}
