import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';

/** What the live image lets the dashboard do to the machine itself. */
export interface LiveSystem {
  /** Name of the disk that Lifeboat was started from and keeps jobs on (`sda`); undefined when there is none now. */
  stick(): string | undefined;
  /** Whether every disk that appears is locked. */
  locksDisks(): boolean;
  /** Letters of the other size; the terminal then tells its new one. */
  otherLetters(): Promise<string | undefined>;
  /** Sets the layout of the keyboard (`de`). */
  keyboard(layout: string): Promise<string | undefined>;
  /** Saves what every job knows, then switches off or restarts. */
  leave(how: 'poweroff' | 'reboot'): void;
}

const TOOLS = '/usr/lib/lifeboat';
/** Is there while nothing sees new disks: `disk-watch` of the live image makes it. */
const UNWATCHED = '/run/lifeboat/unwatched';

/** The live image that this program runs in; undefined on any other system. Promises tell what went wrong in words. */
export function liveSystem(env: NodeJS.ProcessEnv): LiveSystem | undefined {
  if (env.LIFEBOAT_LIVE === undefined) return undefined;
  const use = async (program: string, ...words: string[]): Promise<string | undefined> => {
    const result = await execa(join(TOOLS, program), words, { reject: false, stdin: 'ignore' });
    return result.failed ? result.stderr.trim() || result.shortMessage : undefined;
  };
  return {
    stick: () => stickName(env.LIFEBOAT_STICK),
    locksDisks: () => !existsSync(UNWATCHED),
    otherLetters: () => use('letters', 'toggle'),
    keyboard: (layout) => use('keyboard', layout),
    leave: (how) => {
      // It outlives this program, which it ends with all others.
      void execa(join(TOOLS, 'leave'), [how], {
        detached: true,
        stdio: 'ignore',
        cleanup: false,
        reject: false,
      });
    },
  };
}

/** `file` holds the name while the stick is attached. */
function stickName(file: string | undefined): string | undefined {
  if (!file || !existsSync(file)) return undefined;
  const name = basename(readFileSync(file, 'utf8').trim());
  return name !== '' && existsSync(`/sys/class/block/${name}`) ? name : undefined;
}
