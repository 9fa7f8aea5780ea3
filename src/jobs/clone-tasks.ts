import { stat } from 'node:fs/promises';
import { errnoName } from '../block/errno.ts';
import { cloneVolume } from '../clone/clone-volume.ts';
import { convertImage } from '../clone/convert-image.ts';
import { cloneMetadata, type MetadataResult } from '../clone/metadata/clone-metadata.ts';
import { restoreImage } from '../clone/restore-image.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { describeImage, type VerifyResult, verifyImage } from '../clone/verify-image.ts';
import type { OwnerReport } from '../ntfs/owners.ts';
import { type DamageSummary, summariseDamage } from '../rescue/damage.ts';
import { bytesText, plural } from '../text/quantity.ts';
import type { CloneDoneEvent, MetadataFacts } from './clone-events.ts';
import type {
  CloneSpec,
  CloneTaskSpec,
  ConvertTaskSpec,
  MetadataTaskSpec,
  RestoreTaskSpec,
  SaveTaskSpec,
} from './clone-spec.ts';
import type { CloneTeller } from './clone-teller.ts';

/** What a task has come to. */
export type Outcome = Pick<CloneDoneEvent, 'verdict'> & Partial<CloneDoneEvent>;

/** What a task is given besides its spec. */
export interface TaskContext {
  readonly teller: CloneTeller;
  readonly signal: AbortSignal;
  /** Asks what must be asked and tells that it begins; rejects when it must not. */
  readonly begin: () => Promise<void>;
}

/** Does what a spec says. Rejects with a `CloneError`. */
export function runTask(spec: CloneSpec, context: TaskContext): Promise<Outcome> {
  switch (spec.task) {
    case 'clone':
    case 'save':
      return copyVolume(spec, context);
    case 'metadata':
      return copyMetadata(spec, context);
    case 'restore':
      return restore(spec, context);
    case 'convert':
      return convert(spec, context);
    case 'verify':
      return verify(spec.source, context);
    case 'info':
      return describe(spec.source, context);
  }
}

async function copyVolume(
  spec: CloneTaskSpec | SaveTaskSpec,
  { teller, signal, begin }: TaskContext,
): Promise<Outcome> {
  const { source, target: output, rescue, ignoreFsCheck, force } = spec;
  const wanted = { source, output, overwrite: true, rescue, ignoreFsCheck, force, confirm: begin };
  const form =
    spec.task === 'clone'
      ? {
          form: 'raw' as const,
          ...(spec.newSerial && { newSerial: 'full' as const }),
          adjustSectorSize: spec.adjustSectorSize,
        }
      : {
          form: 'image' as const,
          ...(spec.form === 'zstd' && { compression: { level: spec.level, replaceBegun: spec.overwrite } }),
        };
  const { lost, owners, clusters, geometry } = await cloneVolume({ ...wanted, ...form }, teller, signal);
  return {
    verdict: lost.isEmpty ? 'saved' : 'losses',
    copiedBytes: clusters * geometry.clusterBytes,
    lostBytes: lost.totalBytes,
    lostAreas: lost.count,
    damage: owners && summariseDamage(owners, true),
    writtenBytes: spec.task === 'save' ? await sizeOf(output) : undefined,
  };
}

async function copyMetadata(
  spec: MetadataTaskSpec,
  { teller, signal, begin }: TaskContext,
): Promise<Outcome> {
  const { source, target: output, form, rescue, ignoreFsCheck, force, strict, keepTimes, fullLog } = spec;
  const wanted = { source, output, form, rescue, ignoreFsCheck, force, strict, keepTimes, fullLog };
  const result = await cloneMetadata({ ...wanted, overwrite: true, confirm: begin }, teller, signal);
  const { lost } = result;
  return {
    verdict: lost.isEmpty ? 'saved' : 'losses',
    lostBytes: lost.totalBytes,
    lostAreas: lost.count,
    metadata: metadataFacts(result, strict),
  };
}

async function restore(spec: RestoreTaskSpec, { teller, signal, begin }: TaskContext): Promise<Outcome> {
  const { source: image, target: output, rescue, newSerial, adjustSectorSize } = spec;
  const { clusters, hasTail, isOrdered, header, lost, owners } = await restoreImage(
    {
      image,
      output,
      overwrite: true,
      rescue,
      ...(newSerial && { newSerial: 'full' as const }),
      adjustSectorSize,
      confirm: begin,
    },
    teller,
    signal,
  );
  return {
    verdict: lost.isEmpty ? 'saved' : 'losses',
    copiedBytes: clusters * header.clusterBytes,
    lostBytes: lost.totalBytes,
    lostAreas: lost.count,
    lostAtSaveBytes: teller.imageFacts?.zstd?.lostBytes ?? 0,
    damage: owners && summariseDamage(owners, true),
    hasBackup: hasTail,
    isOrdered,
  };
}

async function convert(spec: ConvertTaskSpec, { teller, signal, begin }: TaskContext): Promise<Outcome> {
  const { source: image, target: output, form, rescue } = spec;
  const level = form === 'zstd' ? spec.level : undefined;
  const { clusters, header, lost } = await convertImage(
    { image, output, overwrite: true, level, rescue, confirm: begin },
    teller,
    signal,
  );
  return {
    verdict: lost.isEmpty ? 'saved' : 'losses',
    copiedBytes: clusters * header.clusterBytes,
    lostBytes: lost.totalBytes,
    lostAreas: lost.count,
    lostAtSaveBytes: teller.imageFacts?.zstd?.lostBytes ?? 0,
    writtenBytes: await sizeOf(output),
  };
}

async function verify(image: string, { teller, signal, begin }: TaskContext): Promise<Outcome> {
  await begin();
  const result = await verifyImage(image, teller, signal);
  const { clusters, hasTail, header, isOrdered, lost, owners } = result;
  const failure = failureOf(result);
  return {
    verdict: failure === undefined ? 'saved' : 'failed',
    copiedBytes: clusters * header.clusterBytes,
    lostBytes: lost.totalBytes,
    lostAreas: lost.count,
    lostAtSaveBytes: result.lostAtSave.totalBytes,
    damage: owners && withoutFreeSpace(owners),
    hasBackup: hasTail,
    isOrdered,
    failure,
  };
}

/** What is wrong with an image, in a sentence; undefined for a sound one. */
function failureOf(result: VerifyResult): CloneDoneEvent['failure'] {
  const { failure, damages, missingClusters, header, clusters, isCut } = result;
  const said = (message: string, advice = 'Take another copy of the image.'): CloneDoneEvent['failure'] => ({
    message,
    advice,
    errno: undefined,
  });
  if (failure !== undefined) return said(failure.message, failure.advice);
  if (isCut) {
    const [there, used] = [clusters * header.clusterBytes, header.usedClusters * header.clusterBytes];
    return said(
      `The end of the image is missing, so it was cut or its save interrupted: of ${bytesText(used)} in use ${bytesText(Math.min(there, used))} can be found in it`,
      'Where it was cut, take another copy of it; where its save was interrupted, the command that saved it goes on with it.',
    );
  }
  if (damages.length > 0) return said(`The image is damaged in ${plural(damages.length, 'place')}`);
  if (missingClusters === 0) return undefined;
  return said(`Damaged: ${missingClusters} of ${header.usedClusters} clusters are missing`);
}

/** Nothing was lost where nothing was. Without any structure of the volume it cannot be told whose it was. */
function withoutFreeSpace(owners: OwnerReport): DamageSummary {
  const knowsNobody = owners.files.length === 0 && owners.omittedFiles === 0 && owners.freeBytes === 0;
  const isBlind = knowsNobody && owners.notes.some(({ code }) => code === 'mft');
  return { ...summariseDamage(owners, !isBlind), freeBytes: 0 };
}

async function describe(image: string, { teller, begin }: TaskContext): Promise<Outcome> {
  await begin();
  const { header, compressed } = await describeImage(image);
  teller.image(header, compressed);
  return { verdict: 'saved' };
}

function metadataFacts({ records, tally }: MetadataResult, isStrict: boolean): MetadataFacts {
  return {
    records,
    usedRecords: tally.usedRecords,
    contentBytes: tally.residentBytes,
    deletedBytes: tally.deletedBytes + tally.slackBytes,
    timeBytes: tally.timeBytes,
    damagedBlocks: tally.damagedBlocks + tally.mirror.damagedBlocks,
    isStrict,
  };
}

/** Bytes of a file; undefined for a stream, and for one that was taken away the moment it was closed. */
async function sizeOf(path: string): Promise<number | undefined> {
  if (path === STANDARD_STREAM) return undefined;
  try {
    const facts = await stat(path);
    return facts.isFile() ? facts.size : undefined;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}
