import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { asLooked, refuseOther } from '../../block/agreed-device.ts';
import { describePath } from '../../block/device-facts.ts';
import type { BlockFacts, PathFacts } from '../../block/path-facts.ts';
import { deviceIsThere } from '../../block/presence.ts';
import { candidatesFor, differenceOf, isCertainlySame } from '../../block/same-device.ts';
import type { Content } from '../../probe/content/content.ts';
import { lines } from '../../text/lines.ts';
import { Refusal, refusing } from '../refusal.ts';
import { selfCommand } from '../self.ts';
import { checkDrive, type DriveUse } from './drive-guard.ts';
import type { FileRoom } from './file-room.ts';
import { KEEPER_COMMAND, type KeeperOrder, type KeeperWord } from './keeper-messages.ts';

/** A drive that is mounted for this process alone. */
export interface MountedDrive {
  /** The device as it was named. */
  readonly device: string;
  /** What the kernel knows of it. */
  readonly facts: BlockFacts;
  readonly content: Content;
  readonly room: FileRoom;
  /** Where it is mounted. */
  readonly root: string;
  /** The path in the file system of this machine of a path in the drive. Throws a `Refusal` when it leads out of it. */
  inside(path: string): Promise<string>;
  /** A text with paths of this machine as people know them: `/dev/sdc1:/windows.img`. */
  told(text: string): string;
  /** After the drive was gone: mounts it again in the same place if it is back. */
  comeBack(source: PathFacts): Promise<void>;
  /** Unmounts it. Resolves to nothing when it may be pulled, else to why that is not sure, as a clause. */
  putAway(): Promise<string | undefined>;
}

/**
 * Mounts the volume on `device`, after all checks (see `checkDrive`), for as long as this process lives or until
 * `putAway`. Throws a `Refusal`.
 */
export async function mountDrive(device: string, use: DriveUse): Promise<MountedDrive> {
  const { writable } = use;
  const facts = await describePath(device);
  await refusing(async () => refuseOther(use.agreed, facts));
  const { room, content, facts: block } = await checkDrive(facts, use);
  const keeper = new KeeperProcess();
  const word = await keeper.order({ do: 'mount', looked: asLooked(block), room, writable });
  if (word.told !== 'mounted') {
    await keeper.finish();
    const advice = 'Choose another drive, or look at what is wrong with this one.';
    throw word.told === 'problem'
      ? new Refusal(word.code, word.message, advice)
      : new Refusal('drive-mount', `${device} cannot be mounted: its keeper has ended.`, advice);
  }
  const { root } = word;
  let mounted = block;
  return {
    device,
    facts: block,
    content,
    room,
    root,
    inside: (path) => inside(root, device, path),
    told: (text) => text.replaceAll(root, `${device}:`),
    comeBack: async (from) => {
      const now = await returned(mounted);
      if (now === undefined) return;
      const refused = await checkDrive(now, { ...use, source: from }).catch((error: unknown) => {
        // What speaks against it may have gone at the next look. What we have left unclean ourselves does not count.
        if (error instanceof Refusal) return error;
        throw error;
      });
      if (refused instanceof Refusal && refused.code !== 'drive-content') return;
      const again = await keeper.order({ do: 'mount', looked: asLooked(now), room, writable });
      if (again.told === 'mounted') mounted = now;
    },
    putAway: () => keeper.finish(),
  };
}

/** The lost drive, when another attachment of it is there; undefined when it is gone, or was never lost. */
async function returned(lost: BlockFacts): Promise<BlockFacts | undefined> {
  if (await deviceIsThere(lost)) return undefined;
  const found = (await candidatesFor(lost)).filter(
    (facts): facts is BlockFacts =>
      facts.kind === 'block' &&
      facts.diskSequence !== lost.diskSequence &&
      differenceOf(lost, facts) === undefined,
  );
  return found.find((facts) => isCertainlySame(lost, facts)) ?? (found.length === 1 ? found[0] : undefined);
}

async function inside(root: string, device: string, path: string): Promise<string> {
  // From its top, whatever is written: `..` does not lead out of it.
  const fromTop = resolve('/', path);
  if (fromTop === '/') return root;
  const wanted = join(root, fromTop);
  const folder = await realpath(dirname(wanted)).catch(() => undefined);
  if (folder !== undefined && folder !== root && !folder.startsWith(`${root}/`)) {
    const message = `The path ${path} leads out of the drive ${device} by a link.`;
    throw new Refusal('drive-path', message, 'Name another folder on it.');
  }
  return wanted;
}

/** The keeper's process. It outlives this one only to put the drive away. */
class KeeperProcess {
  readonly #child;
  readonly #words: AsyncIterator<string>;

  constructor() {
    const { file, args } = selfCommand();
    // A group of its own: what kills ours leaves it the time to unmount.
    this.#child = execa(file, [...args, KEEPER_COMMAND], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'ignore',
      buffer: false,
      reject: false,
      cleanup: false,
      detached: true,
    });
    // It may have ended while an order was on its way; that no answer comes tells it.
    this.#child.stdin.on('error', () => undefined);
    this.#words = lines(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async order(order: KeeperOrder): Promise<KeeperWord> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    return this.#word();
  }

  async finish(): Promise<string | undefined> {
    this.#child.stdin.end();
    const word = await this.#word();
    return word.told === 'away' ? word.problem : undefined;
  }

  async #word(): Promise<KeeperWord> {
    const { value, done } = await this.#words.next();
    return done ? { told: 'away', problem: 'its keeper has ended' } : (JSON.parse(value) as KeeperWord);
  }
}

/** Puts away drives that a run has left mounted that was killed together with its keeper. Waits for nothing. */
export function sweepDrives(): void {
  const { file, args } = selfCommand();
  const order: KeeperOrder = { do: 'sweep' };
  void execa(file, [...args, KEEPER_COMMAND], {
    input: `${JSON.stringify(order)}\n`,
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
    cleanup: false,
    detached: true,
  });
}
