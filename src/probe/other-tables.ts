import { setTimeout as delay } from 'node:timers/promises';
import type { BlockFacts } from '../block/path-facts.ts';
import { relationsOf } from '../block/relations.ts';
import { describeAttached, diskNames } from './attached.ts';
import type { WorkerEvent } from './worker-messages.ts';
import { type SelfCommand, startWorker } from './worker-process.ts';

/** How another disk is divided, by its numbers. */
export interface OtherTable {
  readonly path: string;
  /** Signature or GUID of the disk, in lower case. */
  readonly diskId: string | undefined;
  /** GUIDs of its partitions, in lower case. */
  readonly partitionIds: readonly string[];
}

/** Disks without a table of their own: what is made of others, and discs. */
const LEFT_OUT: ReadonlySet<string> = new Set(['optical', 'mapped', 'raid']);

/**
 * Reads the partition tables of all disks that are attached beside this one, each with a process of its own; those
 * that have not told theirs after `waitMs` are `silent`. Nothing but the tables is read.
 */
export async function readOtherTables(
  disk: BlockFacts,
  self: SelfCommand,
  waitMs: number,
): Promise<{ readonly disks: readonly OtherTable[]; readonly silent: readonly string[] }> {
  const { own, upper } = await relationsOf(disk);
  const paths: string[] = [];
  for (const name of await diskNames()) {
    const attached = await describeAttached(name, undefined);
    if (attached === undefined || LEFT_OUT.has(attached.kind) || attached.sizeBytes === 0) continue;
    if (own.devices.has(attached.majorMinor) || upper.has(attached.majorMinor)) continue;
    paths.push(attached.path);
  }
  const end = new AbortController();
  const late = delay(waitMs, undefined, { signal: end.signal }).catch(() => undefined);
  const found = await Promise.all(paths.map((path) => readTableOf(path, self, late)));
  end.abort();
  return {
    disks: found.filter((one) => one !== undefined),
    silent: paths.filter((_, i) => found[i] === undefined),
  };
}

/** Undefined when the disk has not told before `late`. */
async function readTableOf(
  path: string,
  self: SelfCommand,
  late: Promise<undefined>,
): Promise<OtherTable | undefined> {
  let told: (table: OtherTable) => void = () => undefined;
  const answer = new Promise<OtherTable>((resolve) => {
    told = resolve;
  });
  const worker = startWorker(self, { do: 'table', path }, (event: WorkerEvent) => {
    // A disk that cannot be opened at all is nobody's twin.
    if (event.event === 'unread') told({ path, diskId: undefined, partitionIds: [] });
    if (event.event !== 'table') return;
    const partitionIds = event.partitions.flatMap(({ uuid }) => (uuid === undefined ? [] : [uuid]));
    told({ path, diskId: event.table?.id, partitionIds });
  });
  const table = await Promise.race([answer, worker.ended.then(() => undefined), late]);
  worker.kill();
  return table;
}
