import { OpenError } from '../block/open-error.ts';
import { openSource } from '../block/source-device.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import type { Content, ContentKind } from './content/content.ts';
import { identify } from './content/identify.ts';
import { findNtfs, usedBytesOf } from './content/ntfs.ts';
import { Look } from './look.ts';
import { readTable } from './table.ts';
import type { Extent, WorkerEvent, WorkerTask } from './worker-messages.ts';

/** So much may be read to tell what is in one partition. Usual is a tenth of it. */
const LOOK_BYTES = 4 * 2 ** 20;
/** So much of $Bitmap is read to tell how full an NTFS volume is: that of a terabyte with usual clusters. */
const BITMAP_BYTES = 33 * 2 ** 20;

/** What may be on a disk as a whole although a table divides it. */
const BESIDE_A_TABLE: ReadonlySet<ContentKind> = new Set(['iso9660', 'md-raid', 'firmware-raid', 'zfs']);

type LookTask = Extract<WorkerTask, { do: 'look' }>;

/**
 * Looks at one disk: the table first, then each part, every place at most once. Then waits for `measure`, and if that
 * resolves to true and the disk gave no trouble, finds out how full its NTFS volumes are. The disk stays open as long
 * as the process lives: one that hangs would never let go.
 */
export async function lookAtDisk(
  task: LookTask,
  emit: (event: WorkerEvent) => void,
  measure: Promise<boolean>,
): Promise<void> {
  await orUnread(emit, async () => {
    emit({ event: 'opening' });
    const source = await openSource(task.path);
    const look = new Look(source, (touched) => emit({ event: 'touched', touched }));
    const seen = new Map<number | 'disk', { readonly extent: Extent; readonly content: Content }>();
    const tell = (at: number | 'disk', extent: Extent, content: Content): void => {
      seen.set(at, { extent, content });
      emit({ event: 'content', at, content });
    };
    const whole: Extent = { startBytes: 0, sizeBytes: source.sizeBytes };
    let extents = task.known;
    if (!task.extentsOnly) {
      const found = await readTable(look.part(0, source.sizeBytes, LOOK_BYTES), source.sectorBytes);
      emit({ event: 'table', ...found });
      const content = await identify(look.part(0, source.sizeBytes, LOOK_BYTES));
      const isDivided = found.partitions.length > 0;
      if (!isDivided || BESIDE_A_TABLE.has(content.kind)) tell('disk', whole, content);
      // To the kernel an extended partition is one of its own, of two sectors.
      const frames = found.partitions.filter(({ extended }) => extended).map(({ startBytes }) => startBytes);
      extents = [...found.partitions, ...extents].filter(({ startBytes }) => !frames.includes(startBytes));
    }
    for (const { startBytes, sizeBytes } of extents) {
      const extent = { startBytes, sizeBytes: Math.min(sizeBytes, source.sizeBytes - startBytes) };
      if (extent.sizeBytes <= 0 || seen.has(startBytes)) continue;
      tell(startBytes, extent, await identify(look.part(startBytes, extent.sizeBytes, LOOK_BYTES)));
    }
    emit({ event: 'looked' });
    if (!(await measure) || !look.isQuiet) return;
    for (const [at, { extent, content }] of seen) {
      const usedBytes = content.kind === 'ntfs' ? await usedOfNtfs(look, extent) : undefined;
      if (usedBytes !== undefined) emit({ event: 'content', at, content: { ...content, usedBytes } });
    }
  });
}

/** Reads the table of one disk, and nothing else. */
export async function lookAtTable(path: string, emit: (event: WorkerEvent) => void): Promise<void> {
  await orUnread(emit, async () => {
    const source = await openSource(path);
    const look = new Look(source, () => undefined);
    emit({
      event: 'table',
      ...(await readTable(look.part(0, source.sizeBytes, LOOK_BYTES), source.sectorBytes)),
    });
  });
}

/** Tells why a disk cannot be read, instead of rejecting. */
async function orUnread(emit: (event: WorkerEvent) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OpenError) && !(error instanceof SourceFailure)) throw error;
    emit({ event: 'unread', reason: error.message.replace(/\.$/, '') });
  }
}

async function usedOfNtfs(look: Look, { startBytes, sizeBytes }: Extent): Promise<number | undefined> {
  const found = await findNtfs(look.part(startBytes, sizeBytes, BITMAP_BYTES));
  return found?.volume && usedBytesOf(found.volume, BITMAP_BYTES);
}
