import { crc32 } from 'node:zlib';
import { ATTRIBUTE, type Attribute } from '../ntfs/attribute.ts';
import { isBadClusterMap } from '../ntfs/attribute-role.ts';
import { fileAttributes } from '../ntfs/file-attributes.ts';
import type { FileRecord, RecordState } from '../ntfs/file-record.ts';
import { isHibernated, isHibernationFile } from '../ntfs/volume-facts.ts';
import { CloneError } from './clone-error.ts';
import type { CloneListener } from './clone-listener.ts';
import { ClusterBitmap, type ClusterRun } from './cluster-bitmap.ts';
import type { CloneVolume } from './open-volume.ts';
import { Turns } from './stoppable-reader.ts';

/** The clusters that the files of a volume say are theirs. */
export interface WalkedClusters {
  /** One bit a cluster, and one more for the stretch behind the last; bits from there on are set. */
  readonly owned: ClusterBitmap;
  /** Clusters of all files, those that NTFS has marked bad among them. */
  readonly usedClusters: number;
  /** Clusters that NTFS has taken out of use. */
  readonly bad: readonly ClusterRun[];
  /** Clusters of more than one file, where there are any. */
  readonly shared: ClusterBitmap | undefined;
  /** Whether a Windows sleeps on the volume. */
  readonly hibernated: boolean;
  /** CRC-32 of all records: it changes with whatever is changed in the volume. Undefined when not all could be read. */
  readonly tableCrc: number | undefined;
}

/** A list with more runs of bad clusters is not believable. */
const MAX_BAD_RUNS = 100_000;

/**
 * Goes through all records in use and collects the clusters of their attributes. What cannot be read of a record is
 * passed over: the comparison with $Bitmap shows what it hides. Throws a `CloneError` for contradictions, unless
 * `ignoreFsCheck`: a cluster of two files, runs that leave the volume or make no sense.
 */
export async function walkClusters(
  volume: CloneVolume,
  ignoreFsCheck: boolean,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<WalkedClusters> {
  const walk = new Walk(volume, ignoreFsCheck, listener);
  listener.phase('scanning');
  const turns = new Turns(signal);
  const last = volume.mft.recordCount - 1;
  let tableCrc: number | undefined = 0;
  for await (const chunk of volume.mft.recordChunks()) {
    signal.throwIfAborted();
    if (chunk.holes.length > 0) tableCrc = undefined;
    if (tableCrc !== undefined) tableCrc = crc32(chunk.bytes, tableCrc);
    for (const [number, state] of chunk) {
      if (turns.isDue) await turns.take();
      // Before anything is said of the record, as ntfsclone does it.
      listener.progress(number, last);
      const record = usableRecord(state);
      if (record === undefined || record.base !== undefined) continue;
      // Most records cost no promise.
      const more = walk.take(record);
      if (more !== undefined) await more;
    }
  }
  const hibernated =
    walk.hibernationFile !== undefined && (await isHibernated(volume, walk.hibernationFile)) === true;
  const { clusterCount } = volume.geometry;
  for (let cluster = clusterCount; cluster < walk.owned.bytes.length * 8; cluster++) {
    walk.owned.add({ lcn: cluster, length: 1 }, () => undefined);
  }
  return {
    owned: walk.owned,
    usedClusters: walk.usedClusters,
    bad: walk.bad,
    shared: walk.shared,
    hibernated,
    tableCrc: volume.mft.complete ? tableCrc : undefined,
  };
}

function usableRecord(state: RecordState): FileRecord | undefined {
  if (state.state === 'in-use') return state.record;
  return state.state === 'unreadable' ? state.partial : undefined;
}

class Walk {
  readonly owned: ClusterBitmap;
  readonly bad: ClusterRun[] = [];
  usedClusters = 0;
  hibernationFile: number | undefined;
  shared: ClusterBitmap | undefined;
  readonly #volume: CloneVolume;
  readonly #ignore: boolean;
  readonly #listener: CloneListener;
  /** How often a cluster of another file has turned up. */
  #repeats = 0;

  constructor(volume: CloneVolume, ignore: boolean, listener: CloneListener) {
    this.#volume = volume;
    this.#ignore = ignore;
    this.#listener = listener;
    this.owned = new ClusterBitmap(volume.geometry.clusterCount + 1);
  }

  /** Takes the clusters of a file; a promise when its attributes are spread over several records. */
  take(record: FileRecord): Promise<void> | undefined {
    if (this.hibernationFile === undefined && isHibernationFile(record)) this.hibernationFile = record.number;
    const isSpread = record.attributes.some(({ type }) => type === ATTRIBUTE.ATTRIBUTE_LIST);
    if (isSpread) return this.#takeSpread(record);
    for (const attribute of record.attributes) this.#takeAttribute(record.number, attribute);
    return undefined;
  }

  async #takeSpread(record: FileRecord): Promise<void> {
    for (const attribute of await fileAttributes(this.#volume, record, () => true)) {
      this.#takeAttribute(record.number, attribute);
    }
  }

  #takeAttribute(record: number, attribute: Attribute): void {
    if (attribute.resident) return;
    const { runs, damage } = attribute.runList;
    if (damage !== undefined && !this.#ignore) {
      throw inconsistent(`The list of clusters of $MFT record ${record} is damaged: ${damage.message}`);
    }
    const isBad = isBadClusterMap(record, attribute.type, attribute.name);
    let left = this.#volume.geometry.clusterCount;
    for (const { lcn, length } of runs) {
      if (lcn === undefined) continue;
      const run = { lcn, length };
      left -= length;
      // A list of more clusters than the volume has was made up: the same ones come again and again.
      if (left < 0 && this.#ignore) break;
      this.#own(run);
      this.usedClusters += length;
      if (isBad && this.bad.length < MAX_BAD_RUNS) this.bad.push(run);
    }
  }

  #own(run: ClusterRun): void {
    if (this.#repeats <= this.#volume.geometry.clusterCount) {
      this.owned.add(run, (cluster) => this.#twice(cluster));
      return;
    }
    // When the files claim the whole volume twice over, nobody can tell whose anything is.
    this.owned.fill(run);
    this.shared?.fill(run);
  }

  #twice(cluster: number): void {
    this.#repeats++;
    if (!this.#ignore) {
      throw inconsistent(`Cluster ${cluster} referenced twice!`);
    }
    this.shared ??= new ClusterBitmap(this.owned.size);
    this.shared.add({ lcn: cluster, length: 1 }, () => undefined);
    this.#listener.referencedTwice(cluster);
  }
}

/** A volume that contradicts itself. */
export function inconsistent(message: string): CloneError {
  return new CloneError(
    'refused',
    message,
    'The volume is damaged, or Windows was not shut down: run chkdsk /f on it. --rescue --ignore-fs-check saves it as it is.',
  );
}
