import { dirname, resolve } from 'node:path';
import { refuseOther } from '../block/agreed-device.ts';
import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import { errnoName } from '../block/errno.ts';
import { checkSource, checkTarget } from '../block/guards.ts';
import type { BlockFacts, FileFacts, PathFacts } from '../block/path-facts.ts';
import { RangeSet } from '../block/range-set.ts';
import { type OpenSource, openSource } from '../block/source-device.ts';
import type { OpenTarget } from '../block/target-device.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { identityDifference, identityFromComments, type SourceIdentity } from '../rescue/identity.ts';
import { type Mapfile, MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import type { PlacedJob } from './drive/placed-job.ts';
import type { EngineHost } from './engine-host.ts';
import { memoryNotes } from './in-memory.ts';
import { claimJob, type JobClaim } from './job-claim.ts';
import type { EndpointFacts } from './job-events.ts';
import { endOf, type JobEnd } from './job-identity.ts';
import type { JobKeeper } from './job-keeper.ts';
import { refuseJobSource } from './job-sources.ts';
import type { JobSpec } from './job-spec.ts';
import { claimMap, type LetGo } from './map-claim.ts';
import { type FoundMap, MapStore } from './map-store.ts';
import { didYouMean, whyNoMap } from './map-text.ts';
import { Refusal, refusing } from './refusal.ts';
import { cutOff } from './short-target.ts';
import { checkSidePaths, type SidePath } from './side-path.ts';
import { type Standing, standingOf } from './target-look.ts';
import { askToOverwrite, openTarget } from './target-opening.ts';

/** A job whose checks have all passed. */
export interface Prepared {
  readonly source: OpenSource;
  readonly target: OpenTarget;
  readonly targetEndpoint: EndpointFacts;
  readonly identity: SourceIdentity;
  /** What an earlier run left; undefined for a new rescue. */
  readonly map: BlockMap | undefined;
  /** Comments of that map. */
  readonly mapComments: readonly string[];
  /** Whether the target is that of the earlier runs, and is what they left; else nothing is known to have been saved. */
  readonly keepsTarget: boolean;
  /** What that map calls saved, and the target does not hold any more; with the text of the map. */
  readonly cut: { readonly ranges: RangeSet; readonly mapText: string } | undefined;
  /** Keeps the job's folder; undefined when there is none. */
  readonly job: JobKeeper | undefined;
  /** To be called when the map is not saved any more. */
  readonly letMapGo: LetGo;
  /** What should be known of that folder, of the map and of the target, a sentence each. */
  readonly jobNotes: readonly string[];
}

/**
 * Checks everything that can be checked, asks what must be asked, and only then opens the target for writing.
 * Throws a `Refusal` for whatever speaks against the job; nothing is touched then.
 */
export async function prepare(placed: PlacedJob, host: EngineHost): Promise<Prepared> {
  const { spec, given } = placed;
  const sourceFacts = await describePath(spec.source);
  pass(await checkSource(sourceFacts), spec);
  const targetFacts = await describePath(spec.target);
  await refusing(async () => {
    for (const facts of [sourceFacts, targetFacts]) refuseOther(spec.agreed, facts);
  });
  const source = await refusing(() =>
    openSource(spec.source, sourceFacts, spec.physicalSectorBytes, { namesSectors: true }),
  );
  // How much a sparse file will take is only known when the volume was surveyed.
  const takesAll = targetFacts.kind === 'block' || placed.takesAllRoom;
  const neededBytes = takesAll ? source.sizeBytes : 0;
  pass(await checkTarget(sourceFacts, targetFacts, neededBytes), spec);
  const sides: SidePath[] = [{ what: 'map', path: await placeOfMap(spec) }];
  if (spec.report) sides.push({ what: 'report', path: spec.report });
  await checkSidePaths(sides, sourceFacts, targetFacts);

  const identity = identityOf(source);
  const found = await loadMap(spec, identity);
  // What a run has begun to write may be gone on with, whatever was saved from there since.
  const listNotes = found === undefined ? await refuseJobSource(targetFacts, spec.force) : [];
  const from = await jobEndOf(sourceFacts, source.sizeBytes);
  const claim = await claimJob(given, from, sourceFacts, targetFacts);
  const letMapGo = await claimMap(spec.map);
  // Whoever held the job until now may have saved its map once more meanwhile.
  const earlier = await loadMap(spec, identity);
  const map = earlier?.map;
  if (map && !map.bytesWith('+').isEmpty && targetFacts.kind === 'missing') {
    throw new Refusal(
      'target-missing',
      `The map ${spec.map} says that data was saved, but the target ${spec.target} is not there.`,
      'Name the target of the first run, or delete the map to start anew.',
    );
  }
  if (map === undefined && !spec.force && (await claim?.savedBefore(placed.drive ?? targetFacts))) {
    throw new Refusal(
      'map-missing',
      `The map ${placed.told(spec.map)} of the job is not there; without it the rescue would begin anew.`,
      placed.drive
        ? 'Choose the drive with the copy and its map, or another target to begin anew.'
        : `Bring it back, or name it with --map. To begin anew, delete the folder ${spec.job?.folder} of the job.`,
      true,
    );
  }
  let cut = RangeSet.EMPTY;
  let keepsTarget = false;
  const target = await refusing(async () => {
    const standing = earlier && (await standingNow(placed, earlier, claim, source, targetFacts));
    if (map) cut = cutOff(map, spec.map, targetFacts, standing, source.sectorBytes);
    if (standing === 'other') await refuseJobSource(targetFacts, spec.force);
    await askToOverwrite(spec, targetFacts, standing, host);
    keepsTarget = standing === 'known' || map?.bytesWith('+').isEmpty === false;
    return openTarget(spec, targetFacts, source.sizeBytes, keepsTarget);
  });
  const disk = placed.drive ?? targetFacts;
  const facts = disk.kind === 'block' ? disk : undefined;
  const job = await beginJob(placed, claim, from, target, map !== undefined, host);
  return {
    job,
    letMapGo,
    jobNotes: [
      ...memoryNotes(spec.target, targetFacts),
      ...(earlier?.notes ?? []),
      ...listNotes,
      ...(claim?.notes ?? []),
    ],
    source,
    target,
    identity,
    map,
    mapComments: earlier?.comments ?? [],
    keepsTarget,
    cut: earlier && !cut.isEmpty ? { ranges: cut, mapText: earlier.text } : undefined,
    targetEndpoint: {
      path: spec.target,
      kind: target.kind,
      sizeBytes: target.kind === 'file' ? Math.max(target.sizeBytes, source.sizeBytes) : target.sizeBytes,
      model: facts?.model,
      serial: facts?.serial,
    },
  };
}

async function standingNow(
  placed: PlacedJob,
  earlier: Mapfile,
  claim: JobClaim | undefined,
  source: OpenSource,
  facts: PathFacts,
): Promise<Standing | undefined> {
  if (facts.kind !== 'block' && facts.kind !== 'file') return undefined;
  const now = await remembered(placed, facts, facts.sizeBytes);
  return standingOf(placed.spec, earlier, claim, source, facts, now);
}

/** Throws the refusal unless it may be passed and the user wants to. */
function pass(
  refusal: { code: string; message: string; advice: string; overridable: boolean } | undefined,
  spec: JobSpec,
): void {
  if (!refusal || (refusal.overridable && spec.force)) return;
  throw new Refusal(refusal.code, refusal.message, refusal.advice, refusal.overridable);
}

/** A map inside of a job's folder that is still to be made is checked as the first folder that is. */
async function placeOfMap({ map, job }: JobSpec): Promise<string> {
  if (job === undefined || resolve(dirname(map)) !== resolve(job.folder)) return map;
  let place = map;
  for (
    let above = dirname(resolve(map));
    (await describePath(above)).kind === 'missing';
    above = dirname(above)
  ) {
    place = above;
    // Only the place of all jobs is made with the folders above it.
    if (job.chosen) break;
  }
  return place;
}

async function beginJob(
  placed: PlacedJob,
  claim: JobClaim | undefined,
  from: JobEnd,
  target: OpenTarget,
  goesOn: boolean,
  host: EngineHost,
): Promise<JobKeeper | undefined> {
  try {
    const sizeBytes = target.kind === 'file' ? Math.max(target.sizeBytes, from.sizeBytes) : target.sizeBytes;
    const to = await remembered(placed, await describePath(target.path), sizeBytes);
    return await claim?.begin(from, to, goesOn, host);
  } catch (error) {
    await target.close();
    throw error;
  }
}

const remembered = async (placed: PlacedJob, facts: PathFacts, sizeBytes: number): Promise<JobEnd> =>
  placed.remembered(await jobEndOf(facts, sizeBytes), await readBootId());

async function jobEndOf(facts: PathFacts, sizeBytes: number): Promise<JobEnd> {
  const end = endOf(facts, sizeBytes, await readBootId());
  if (end === undefined) throw new Error(`${facts.path} has vanished while the job was being prepared`);
  return end;
}

function identityOf(source: OpenSource): SourceIdentity {
  const facts: BlockFacts | FileFacts = source.facts;
  return {
    sizeBytes: source.sizeBytes,
    model: facts.kind === 'block' ? facts.model : undefined,
    serial: facts.kind === 'block' ? facts.serial : undefined,
    partitionStartBytes: facts.kind === 'block' ? facts.partitionStartBytes : undefined,
  };
}

/** A map, with its text, and what is to be told of it. */
type LoadedMap = Mapfile & { readonly text: string; readonly notes: readonly string[] };

async function loadMap(spec: JobSpec, identity: SourceIdentity): Promise<LoadedMap | undefined> {
  const found = await findMap(spec.map);
  if (found === undefined) return undefined;
  const advice = 'Name the map of this rescue with --map, or another file to start anew.';
  try {
    const { map, comments } = parseMapfile(found.text, identity.sizeBytes);
    const difference = identityDifference(identityFromComments(comments) ?? {}, identity);
    if (difference) {
      throw new Refusal('wrong-map', `The map ${found.path} is not of this source: ${difference}.`, advice);
    }
    const standsIn = `The map ${spec.map} is not whole, as a power cut leaves it: ${found.path} stands in for it.`;
    return { map, comments, text: found.text, notes: found.path === spec.map ? [] : [standsIn] };
  } catch (error) {
    if (!(error instanceof MapfileError)) throw error;
    throw new Refusal(
      'wrong-map',
      `The map ${found.path} does not fit ${spec.source}: ${whyNoMap(error)}.`,
      (await didYouMean(spec.map)) ?? advice,
    );
  }
}

async function findMap(path: string): Promise<FoundMap | undefined> {
  try {
    return await new MapStore(path).find();
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    const advice = 'Check its drive, or name another file with --map to start anew.';
    throw new Refusal('map-unreadable', `The map ${path} cannot be read (${errno}).`, advice);
  }
}
