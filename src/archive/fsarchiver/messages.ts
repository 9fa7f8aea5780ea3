/** A message of FSArchiver, as its versions 0.8 print them on standard error with `-v` (all measured). */
export type Message =
  /** It begins with an object. */
  | {
      readonly kind: 'object';
      readonly fileSystem: number;
      /** By its own count of bytes and objects; moves only from object to object. */
      readonly percent: number | undefined;
      readonly type: string;
      readonly path: string;
    }
  | {
      readonly kind: 'phase';
      readonly phase: 'analysing' | 'archiving' | 'extracting';
      readonly what: string;
    }
  /** The end of a file system: it came through, errors with files apart. */
  | { readonly kind: 'statistics'; readonly fileSystem: number }
  | { readonly kind: 'counts'; readonly what: 'done' | 'errors'; readonly counts: Counts }
  | {
      readonly kind: 'error';
      /** Number and text of the system's error, where there is one. */
      readonly errno: number | undefined;
      readonly reason: string | undefined;
      /** The function that complained: steadier than line numbers. */
      readonly where: string;
      readonly text: string;
    }
  /** A program that it runs, and its end. */
  | { readonly kind: 'command'; readonly command: string; readonly exitCode: number | undefined }
  /** A file of the archive is not there: it would ask for ever. */
  | { readonly kind: 'volume-missing' }
  | { readonly kind: 'other'; readonly text: string };

export interface Counts {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  readonly hardLinks: number;
  readonly specials: number;
}

const OBJECT = /^-\[(\d\d+)\](?:\[\s*(\d+)%\])?\[([A-Z]+)\s*\] ([\s\S]*)$/;
const ERROR = /^(?:\[errno=(-?\d+), ([^\]]*)\]: )?(\w+\.c)#(\d+),(\w+)\(\): ([\s\S]*)$/;
const COUNTS =
  /^\* files (successfully processed|with errors):\.*regfiles=(\d+), directories=(\d+), symlinks=(\d+), hardlinks=(\d+), specials=(\d+)$/;
/** Lines that can only be the beginning of a message, so that what stands before is whole. */
const BEGINNINGS = [
  OBJECT,
  ERROR,
  COUNTS,
  /^Statistics for filesystem \d+$/,
  /^=+ (?:archiving|extracting) filesystem /,
  /^Analysing filesystem on /,
  /^executing \[/,
  /^command \[/,
  /^Mount information: \[/,
  /^operation aborted by user$/,
  /^removed /,
  /^File \[/,
];

/**
 * Puts messages together from lines. Names of files are printed as they are, so one with line feeds in it makes several
 * lines of one message: a line that begins no message belongs to the one before.
 */
export class MessageReader {
  #pending: string | undefined;

  /** A line without its end; the message that it completes, if any. */
  push(line: string): Message | undefined {
    if (this.#pending === undefined) {
      this.#pending = line;
      return undefined;
    }
    if (!BEGINNINGS.some((form) => form.test(line)) && mayGoOn(this.#pending)) {
      if (this.#pending.length < MAX_MESSAGE) this.#pending += `\n${line}`;
      return undefined;
    }
    const message = parseMessage(this.#pending);
    this.#pending = line;
    return message;
  }

  end(): Message | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending === undefined ? undefined : parseMessage(pending);
  }
}

const MAX_MESSAGE = 65_536;

/** Only messages with a path in them can have a line feed. */
function mayGoOn(text: string): boolean {
  return OBJECT.test(text) || ERROR.test(text);
}

/** One whole message. */
function parseMessage(text: string): Message {
  const object = OBJECT.exec(text);
  if (object) {
    const [, fileSystem = '', percent, type = '', path = ''] = object;
    return {
      kind: 'object',
      fileSystem: Number(fileSystem),
      percent: percent === undefined ? undefined : Number(percent),
      type,
      path,
    };
  }
  const error = ERROR.exec(text);
  if (error) {
    const [, errno, reason, , , where = '', words = ''] = error;
    return {
      kind: 'error',
      errno: errno === undefined ? undefined : Number(errno),
      reason,
      where,
      text: words,
    };
  }
  const counts = COUNTS.exec(text);
  if (counts) {
    const [files = 0, folders = 0, links = 0, hardLinks = 0, specials = 0] = counts.slice(2).map(Number);
    const what = counts[1] === 'with errors' ? 'errors' : 'done';
    return { kind: 'counts', what, counts: { files, folders, links, hardLinks, specials } };
  }
  const statistics = /^Statistics for filesystem (\d+)$/.exec(text);
  if (statistics) return { kind: 'statistics', fileSystem: Number(statistics[1]) };
  const phase = /^=+ (archiving|extracting) filesystem (.*?) =+$/.exec(text);
  if (phase) return { kind: 'phase', phase: phase[1] as 'archiving' | 'extracting', what: phase[2] ?? '' };
  const analysing = /^Analysing filesystem on (.*)\.\.\.$/.exec(text);
  if (analysing) return { kind: 'phase', phase: 'analysing', what: analysing[1] ?? '' };
  const command = /^command \[([\s\S]*)\] returned (\d+)$/.exec(text);
  if (command) return { kind: 'command', command: command[1] ?? '', exitCode: Number(command[2]) };
  const executing = /^executing \[([\s\S]*)\]\.\.\.$/.exec(text);
  if (executing) return { kind: 'command', command: executing[1] ?? '', exitCode: undefined };
  if (/^File \[[\s\S]*\] is not found, please type the path to volume/.test(text)) {
    return { kind: 'volume-missing' };
  }
  return { kind: 'other', text };
}

/** What an error says of a file that could not be saved as it is. */
export interface FileTrouble {
  /**
   * `unreadable`: not stored; `cut`: stored with zeros from `goodBytes` on, which nothing in the archive tells; `record`: its
   * record cannot be read, which ends the whole save.
   */
  readonly trouble: 'unreadable' | 'cut' | 'record';
  /** As FSArchiver names it: from the root of its file system; for `record` with the place of the mount before it. */
  readonly path: string;
  readonly goodBytes?: number;
}

const TROUBLES: readonly (readonly [FileTrouble['trouble'], RegExp])[] = [
  [
    'cut',
    /^file \[([\s\S]*)\] has been truncated to (\d+) bytes \(original size: \d+\): padding with zeros$/,
  ],
  ['unreadable', /^Cannot read data block from ([\s\S]*), block=-?\d+ and res=-?\d+$/],
  ['unreadable', /^Cannot read data block size=\d+ from small file ([\s\S]*), res=-?\d+$/],
  ['unreadable', /^Cannot open small file ([\s\S]*) for reading$/],
  ['unreadable', /^Cannot open ([\s\S]*) for reading$/],
  ['record', /^cannot lstat64\(([\s\S]*)\)$/],
];

/** The trouble with a file that an error is about; undefined when it is about something else. */
export function fileTrouble(text: string): FileTrouble | undefined {
  for (const [trouble, form] of TROUBLES) {
    const found = form.exec(text);
    if (found === null) continue;
    const [, path = '', good] = found;
    return { trouble, path, ...(trouble === 'cut' && { goodBytes: Number(good) }) };
  }
  return undefined;
}

/** Errors that mean nothing: they come whenever any FUSE file system is mounted. */
export function isNoise(message: Message): boolean {
  return message.kind === 'error' && message.where === 'devcmp' && message.text.startsWith('Warning: [');
}
