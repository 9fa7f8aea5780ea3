import type { OpenVolume } from '../../ntfs/file-attributes.ts';
import { readLogState } from '../../ntfs/log-state.ts';
import { mappedClusters, type Run, runIndexAt } from '../../ntfs/run-list.ts';
import type { ClusterBitmap } from '../cluster-bitmap.ts';
import type { ClusterSink } from '../cluster-sink.ts';
import { copyBlocks, type StretchCopy, type Treatment } from './block-stretch.ts';
import { clearBootSector } from './boot-stretch.ts';
import type { ClusterSupply } from './cluster-supply.ts';
import { type CriticalStretch, countsAsUsed, criticalFiles, criticalStretches } from './critical-stretch.ts';
import { wipeFileRecord } from './file-record-block.ts';
import { FirstRecords } from './first-records.ts';
import { wipeIndexBlock } from './index-block.ts';
import { readIndexUse } from './index-use.ts';
import { countedLogClusters, logParts } from './log-file.ts';
import { plainTreatment } from './plain-clusters.ts';
import { emptyTally, type WipeRules, type WipeTally } from './wipe-rules.ts';

export interface MetadataOptions extends WipeRules {
  /** Keep all of the log, not only where a driver looks for restart pages. */
  readonly fullLog: boolean;
  /** For a raw clone: write $MFTMirr anew from $MFT, as ntfsclone does there and not in an image. */
  readonly renewMirror: boolean;
  /** For a raw clone: throw away a log that was not closed, as ntfsclone does there and not in an image. */
  readonly resetLog: boolean;
}

/** What a metadata copy has come to. */
export interface MetadataTally extends WipeTally {
  /** Records in use, those of extensions not counted. */
  usedRecords: number;
  /** The same of $MFTMirr, whose records are copies; not in the other numbers. */
  readonly mirror: WipeTally;
}

export interface MetadataCopy {
  readonly volume: OpenVolume;
  readonly supply: ClusterSupply;
  readonly sink: ClusterSink;
  readonly options: MetadataOptions;
  /** Clusters of more than one file: what is in them may be anybody's contents. */
  readonly shared: ClusterBitmap | undefined;
  readonly signal: AbortSignal;
  /** Called with the number of a record that is done, in no hurry. */
  readonly onRecord: (record: number) => void;
}

/** An emptied log: every driver takes it for one that was closed. */
const EMPTY_LOG = 0xff;

/** The number of clusters that ntfsclone writes into the header of a metadata image (measured; it counts some twice). */
export async function countMetadataClusters(
  volume: OpenVolume,
  options: MetadataOptions,
  signal: AbortSignal,
): Promise<number> {
  const { clusterBytes } = volume.boot;
  let count = 0;
  for await (const file of criticalFiles(volume, signal)) {
    for (const attribute of file.attributes) {
      if (attribute.resident || !countsAsUsed(file.record.number, attribute)) continue;
      count += allocated(attribute.runList.runs);
    }
    for (const stretch of criticalStretches(volume, file, false)) {
      if (stretch.kind === 'log') count += countedLogClusters(stretch.data, clusterBytes, options.fullLog);
    }
  }
  return count;
}

function allocated(runs: readonly Run[]): number {
  return runs.reduce((sum, { lcn, length }) => sum + (lcn === undefined ? 0 : length), 0);
}

/**
 * Hands the metadata of a volume to a sink, cleared of contents, in ntfsclone's order: files in the order of their records.
 * Clusters may come more than once. What lies behind the last cluster is not among them. Rejects with a `CloneError`,
 * or with what `signal` was aborted for.
 */
export async function copyMetadata(copy: MetadataCopy): Promise<MetadataTally> {
  const { volume, options, signal, onRecord } = copy;
  const firstRecords = options.renewMirror ? new FirstRecords(volume.boot) : undefined;
  const tally: MetadataTally = { ...emptyTally(), usedRecords: 0, mirror: emptyTally() };
  for await (const file of criticalFiles(volume, signal)) {
    tally.usedRecords++;
    for (const stretch of criticalStretches(volume, file, options.strict)) {
      await copyStretch(stretch, copy, firstRecords, tally);
    }
    onRecord(file.record.number);
  }
  return tally;
}

async function copyStretch(
  stretch: CriticalStretch,
  copy: MetadataCopy,
  firstRecords: FirstRecords | undefined,
  tally: MetadataTally,
): Promise<void> {
  const { volume, options } = copy;
  const { boot } = volume;
  const stretchCopy: StretchCopy = { ...copy, clusterBytes: boot.clusterBytes };
  switch (stretch.kind) {
    case 'plain': {
      const treatment = plainTreatment(
        stretch.attribute.type,
        stretch.data,
        boot.clusterBytes,
        options.strict,
      );
      await copyBlocks(stretch.attribute.runList.runs, treatment, stretchCopy);
      break;
    }
    case 'boot': {
      const treatment: Treatment = {
        blockBytes: boot.clusterBytes,
        change: (bytes, offset) => {
          if (!options.strict) return;
          if (offset === 0) clearBootSector(bytes);
          else bytes.fill(0);
        },
      };
      await copyBlocks(stretch.data.runs, treatment, stretchCopy);
      break;
    }
    case 'records': {
      const { recordBytes } = boot;
      const treatment: Treatment = {
        blockBytes: recordBytes,
        change: (bytes, offset, trust) => {
          const number = Math.floor(offset / recordBytes);
          const fresh = stretch.isMirror ? firstRecords?.get(number) : undefined;
          if (fresh !== undefined && trust === 'own') {
            bytes.set(fresh);
            return;
          }
          wipeFileRecord(bytes, number, trust, options, stretch.isMirror ? tally.mirror : tally);
          if (!stretch.isMirror && trust === 'own') firstRecords?.keep(number, bytes);
        },
      };
      await copyBlocks(stretch.data.runs, treatment, stretchCopy);
      break;
    }
    case 'index': {
      const { kind, blockBytes, isUsed } = await readIndexUse(volume, stretch.owner, stretch.name);
      const treatment: Treatment = {
        blockBytes,
        change: (bytes, offset, trust) =>
          wipeIndexBlock(bytes, kind, isUsed(Math.floor(offset / blockBytes)), trust, options, tally),
      };
      await copyBlocks(stretch.data.runs, treatment, stretchCopy);
      break;
    }
    case 'log':
      await copyLog(stretch, stretchCopy, copy);
  }
}

async function copyLog(
  { data }: Extract<CriticalStretch, { kind: 'log' }>,
  stretchCopy: StretchCopy,
  { volume, options }: MetadataCopy,
): Promise<void> {
  const { clusterBytes } = volume.boot;
  const mapped = mappedClusters(data.runs);
  const reset = options.resetLog && !options.fullLog && (await readLogState(volume)) === 'unclean';
  const clears = reset || options.strict;
  const treatment: Treatment = {
    blockBytes: clusterBytes,
    change: (bytes) => {
      if (clears) bytes.fill(EMPTY_LOG);
    },
  };
  const parts = reset
    ? [{ vcn: 0, length: mapped }]
    : logParts(data.dataBytes, mapped, clusterBytes, options.fullLog);
  for (const { vcn, length } of parts) {
    await copyBlocks(cut(data.runs, vcn, length), treatment, stretchCopy);
  }
}

/** The part of ascending runs that holds `length` clusters from `vcn` on. */
function cut(runs: readonly Run[], vcn: number, length: number): Run[] {
  const found: Run[] = [];
  for (let i = runIndexAt(runs, vcn); i < runs.length; i++) {
    const run = runs[i] as Run;
    const from = Math.max(vcn, run.vcn);
    const to = Math.min(vcn + length, run.vcn + run.length);
    if (from >= to) break;
    found.push({
      vcn: from,
      length: to - from,
      lcn: run.lcn === undefined ? undefined : run.lcn + from - run.vcn,
    });
  }
  return found;
}
