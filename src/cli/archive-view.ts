import type { ArchiveError } from '../archive/archive-error.ts';
import type { Difference } from '../archive/compare/difference.ts';
import type {
  ArchiveEvent,
  ArchivePhase,
  ArchiveProgress,
  KeptKind,
  SurveyEvent,
  TroubleEvent,
} from '../archive/events.ts';
import { bytesText, durationText, plural, rateText } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { CONTROL } from './terminal.ts';

/** Shows what is told while something is done with an archive. */
export interface ArchiveView {
  show(event: ArchiveEvent): void;
  /** A line of its own. */
  say(text: string): void;
  /** It did not end well; people are told on standard error besides. */
  failed(error: ArchiveError): void;
}

/** Every event as a line of JSON. */
export class ArchiveJsonView implements ArchiveView {
  show(event: ArchiveEvent): void {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }

  say(text: string): void {
    this.show({ event: 'note', code: 'front-end', message: text });
  }

  failed({ fault, code, message, advice, overridable }: ArchiveError): void {
    const event = { event: 'ended', fault, code, message, advice, overridable };
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }
}

const PHASES: Readonly<Record<ArchivePhase, string>> = {
  looking: 'Looking at the sources',
  saving: 'Saving',
  checking: 'Reading back what was written',
  'side-file': 'Writing the side file',
  verifying: 'Reading the archive',
  restoring: 'Restoring',
  mending: 'Putting back what FSArchiver cannot keep',
  comparing: 'Comparing',
};

const KINDS: Readonly<Record<KeptKind, readonly [one: string, many: string]>> = {
  stream: ['alternate stream', 'alternate streams'],
  reparse: [
    'reparse point (link, junction, cloud or system-compressed file)',
    'reparse points (links, junctions, cloud and system-compressed files)',
  ],
  compression: ['file compressed otherwise than its folder', 'files compressed otherwise than their folders'],
  sparse: ['sparse file', 'sparse files'],
  encryption: ['encrypted file (EFS)', 'encrypted files (EFS)'],
  extended: ['file with extended attributes', 'files with extended attributes'],
  'object-id': ['file with an object id', 'files with object ids'],
  versions: ['folder that tells apart upper and lower case', 'folders that tell apart upper and lower case'],
};

const TERMINAL_EVERY_MS = 250;
const LINES_EVERY_MS = 15_000;
const TOLD_DIFFERENCES = 100;
const TOLD_LEFT_OUT = 10;
const TOLD_TROUBLES = 100;

/** Lines for people; on a terminal the last one is drawn again and again. */
export class ArchiveTextView implements ArchiveView {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  #shownMs = 0;
  #drawn = false;
  #differences = 0;
  #troubles = 0;

  constructor(stream: NodeJS.WriteStream, quiet: boolean) {
    this.#stream = stream;
    this.#quiet = quiet;
  }

  show(event: ArchiveEvent): void {
    switch (event.event) {
      case 'phase':
        if (!this.#quiet)
          this.say(`${PHASES[event.phase]}${event.what ? ` ${safeText(event.what)}` : ''} ...`);
        this.#shownMs = performance.now();
        break;
      case 'progress':
        this.#progress(event);
        break;
      case 'note':
        this.say(`Note: ${safeText(event.message)}`);
        break;
      case 'survey':
        for (const line of surveyLines(event)) this.say(line);
        break;
      case 'trouble':
        this.#troubles++;
        if (this.#troubles <= TOLD_TROUBLES) this.say(troubleLine(event));
        if (this.#troubles === TOLD_TROUBLES) this.say('Further files are counted at the end.');
        break;
      case 'difference':
        this.#differences++;
        if (this.#differences <= TOLD_DIFFERENCES) for (const line of differenceLines(event)) this.say(line);
        if (this.#differences === TOLD_DIFFERENCES) {
          this.say('Further differences are counted at the end; --json tells all of them.');
        }
        break;
    }
  }

  say(text: string): void {
    if (this.#drawn) this.#stream.write(`\r${CONTROL.clearLine}`);
    this.#drawn = false;
    this.#stream.write(`${text}\n`);
  }

  failed(): void {
    if (this.#drawn) this.#stream.write(`\r${CONTROL.clearLine}`);
    this.#drawn = false;
  }

  #progress(progress: ArchiveProgress): void {
    if (this.#quiet) return;
    const now = performance.now();
    if (now - this.#shownMs < (this.#stream.isTTY ? TERMINAL_EVERY_MS : LINES_EVERY_MS)) return;
    this.#shownMs = now;
    const text = progressText(progress);
    if (!this.#stream.isTTY) {
      this.say(text);
      return;
    }
    const width = (this.#stream.columns ?? 80) - 1;
    this.#stream.write(`\r${text.slice(0, width)}${CONTROL.clearLine}`);
    this.#drawn = true;
  }
}

function progressText(progress: ArchiveProgress): string {
  const { share, bytes, bytesPerSecond, secondsLeft, archiveBytes, path, phase } = progress;
  const parts = [share === undefined ? '' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`];
  if (phase === 'mending') parts.push(plural(bytes, 'object'));
  else parts.push(bytesText(bytes), rateText(bytesPerSecond));
  if (archiveBytes !== undefined) parts.push(`archive ${bytesText(archiveBytes)}`);
  if (secondsLeft !== undefined) parts.push(`${durationText(secondsLeft)} left`);
  const what = path === undefined || path === '' ? '' : `  ${safeText(path)}`;
  return `${parts.filter((part) => part !== '').join(', ')}${what}`;
}

function surveyLines(survey: SurveyEvent): string[] {
  const { source, label, objects, contentBytes, kept, leftOut, notKept } = survey;
  const lines = [
    `${safeText(source)}: NTFS "${safeText(label)}", ${plural(objects, 'object')}, ${bytesText(contentBytes)} of content`,
  ];
  if (kept.length > 0) {
    lines.push('  FSArchiver cannot keep these; they go into the side file:');
    for (const { kind, count, bytes } of kept) {
      const [one, many] = KINDS[kind];
      lines.push(`    ${plural(count, one, many)}${bytes > 0 ? `, ${bytesText(bytes)}` : ''}`);
    }
  }
  if (leftOut.length > 0) {
    lines.push('  Left out:');
    for (const { path, why, bytes } of leftOut.slice(0, TOLD_LEFT_OUT)) {
      const reason = why === 'system' ? 'Windows makes it anew' : 'you wanted it so';
      lines.push(`    ${safeText(path)} (${bytesText(bytes)}): ${reason}`);
    }
    if (leftOut.length > TOLD_LEFT_OUT) lines.push(`    and ${leftOut.length - TOLD_LEFT_OUT} more`);
  }
  if (notKept.length > 0) {
    const names = notKept.map(({ name, count }) => `${safeText(name)} (${count})`).join(', ');
    lines.push(`  Bookkeeping of Windows that is not kept: ${names}`);
  }
  return lines;
}

const TROUBLES: Readonly<Record<TroubleEvent['trouble'], string>> = {
  damaged: 'Damaged',
  lost: 'Lost',
  folder: 'Damaged folder',
  'not-restored': 'Not restored',
};

function troubleLine({ trouble, path, stream, message }: TroubleEvent): string {
  const name = `${path === '' ? '/' : path}${stream ? `:${stream}` : ''}`;
  return `${TROUBLES[trouble]}: ${safeText(name)}: ${safeText(message)}`;
}

/** A difference, as it is told to people. */
function differenceLines({ what, path, stream, expected, found }: Difference): string[] {
  const name = what === 'volume' ? 'the volume' : `${path === '' ? '/' : path}${stream ? `:${stream}` : ''}`;
  return [`Different: ${safeText(name)}: ${what}: was ${safeText(expected)}, is ${safeText(found)}`];
}
