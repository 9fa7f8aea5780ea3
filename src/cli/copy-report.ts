import type { CopyEvent, CopyProblem, FileCopied } from '../jobs/copy-events.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Missing stretches of a file that are named in a line. */
const NAMED_PIECES = 8;
/** Skipped streams that are named. */
const NAMED_STREAMS = 5;

/** Tells what becomes of the files while they are copied, and sums it up. */
export class CopyReport {
  readonly #json: boolean;
  readonly #told: (text: string) => string;
  readonly #problems: Record<CopyProblem, number> = {
    lost: 0,
    'folder-damaged': 0,
    exists: 0,
    refused: 0,
    failed: 0,
  };
  #files = 0;
  #bytes = 0;
  #incomplete = 0;
  #missingBytes = 0;
  #skippedStreams = 0;

  /** `told` gives paths in what is said the form that people know them in. */
  constructor(json: boolean, told: (text: string) => string) {
    this.#json = json;
    this.#told = told;
  }

  take(event: CopyEvent): void {
    if (this.#json) process.stdout.write(`${this.#told(JSON.stringify(event))}\n`);
    switch (event.event) {
      case 'file':
        this.#takeFile(event);
        break;
      case 'problem':
        this.#problems[event.problem]++;
        this.#say(`${pathText(event.path, event.stream)}: ${event.message}`);
        break;
      case 'stream-skipped':
        this.#skippedStreams++;
        if (this.#skippedStreams <= NAMED_STREAMS) {
          this.#say(`note: the stream ${pathText(event.path, event.stream)} is not copied (--streams)`);
        }
        break;
      case 'note':
        this.#say(`note: ${pathText(event.path, '')}: ${event.message}`);
        break;
    }
  }

  /** Something about the volume itself. */
  volumeNote(message: string): void {
    if (this.#json) process.stdout.write(`${JSON.stringify({ event: 'note', path: '', message })}\n`);
    this.#say(`note: ${message}`);
  }

  /** Why the copy ended early. */
  ended(message: string): void {
    if (this.#json) process.stdout.write(`${JSON.stringify({ event: 'note', path: '', message })}\n`);
    this.#say(message);
  }

  /** What it all came to. */
  summary(exitCode: ExitCode): void {
    const done = {
      files: this.#files,
      bytes: this.#bytes,
      incompleteFiles: this.#incomplete,
      missingBytes: this.#missingBytes,
      skippedStreams: this.#skippedStreams,
      problems: this.#problems,
    };
    if (this.#json) {
      process.stdout.write(`${JSON.stringify({ event: 'done', ...done, exitCode })}\n`);
      return;
    }
    const { lost, exists, refused, failed } = this.#problems;
    const parts = [
      `Copied ${plural(this.#files, 'file')}, ${bytesText(this.#bytes)}`,
      this.#incomplete > 0
        ? `${plural(this.#incomplete, 'file')} with missing parts, ${this.#missingBytes} bytes in all`
        : '',
      lost > 0 ? `${lost} lost` : '',
      this.#problems['folder-damaged'] > 0 ? plural(this.#problems['folder-damaged'], 'damaged folder') : '',
      exists > 0 ? `${exists} not copied because they exist already (--force replaces them)` : '',
      refused > 0 ? `${refused} encrypted` : '',
      failed > 0 ? `${failed} not taken by the destination` : '',
      this.#skippedStreams > 0
        ? `${plural(this.#skippedStreams, 'alternate stream')} left out (--streams)`
        : '',
    ];
    process.stdout.write(`${parts.filter(Boolean).join('; ')}.\n`);
  }

  /** A failure of the destination weighs most, then missing content, then what was refused. */
  get exitCode(): ExitCode {
    const { lost, exists, refused, failed } = this.#problems;
    if (failed > 0) return EXIT.failed;
    if (this.#incomplete + lost + this.#problems['folder-damaged'] > 0) return EXIT.losses;
    return exists + refused > 0 ? EXIT.refused : EXIT.saved;
  }

  #takeFile(file: FileCopied): void {
    this.#files++;
    this.#bytes += file.sizeBytes;
    if (file.missingBytes === 0 && !file.isUnsure) return;
    this.#incomplete++;
    this.#missingBytes += file.missingBytes;
    const name = pathText(file.path, file.stream);
    if (file.isUnsure)
      this.#say(`${name}: its record is damaged; more of it may be missing than can be told`);
    if (file.missingBytes === 0) return;
    const pieces = file.pieces
      .slice(0, NAMED_PIECES)
      .map(({ offset, length }) => `${length} at byte ${offset}`);
    if (file.pieceCount > NAMED_PIECES) pieces.push(`and ${file.pieceCount - NAMED_PIECES} more places`);
    this.#say(`${name}: ${file.missingBytes} bytes missing: ${pieces.join(', ')}`);
  }

  #say(text: string): void {
    if (!this.#json) process.stderr.write(`lifeboat: ${safeText(this.#told(text))}\n`);
  }
}

const pathText = (path: string, stream: string): string =>
  stream === '' ? path || '/' : `${path}:${stream}`;
