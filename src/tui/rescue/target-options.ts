import { isForJob } from '../../jobs/drive/drive-place.ts';
import { fileRoomOf, whyNoFile } from '../../jobs/drive/file-room.ts';
import type { Machine } from '../../probe/machine.ts';
import { contentOf, type Place, pathOf, placesOf, sizeOf, useOf } from '../disks/place.ts';
import type { Load } from './load.ts';
import type { TargetChoice } from './rescue-choice.ts';
import { NO_NAMES, type TakenNames } from './taken-names.ts';

/** A place that the copy could go to, and why not, if not. */
export interface TargetOption {
  readonly place: Place;
  readonly kind: TargetChoice['kind'];
  /** For a file: the folder it goes to; the top of a drive that is still to be mounted. */
  readonly folder: string | undefined;
  /** The drive that is to be mounted for it. */
  readonly on: string | undefined;
  /** As a clause; undefined when it can be chosen. */
  readonly refusal: string | undefined;
}

/** What is not used in a volume, as its own structures say; undefined when they do not. */
export function freeBytesOf(place: Place): number | undefined {
  const content = contentOf(place);
  if (content?.totalBytes === undefined || content.usedBytes === undefined) return undefined;
  return Math.max(0, content.totalBytes - content.usedBytes);
}

/**
 * Every place that the copy could go to. First new files in drives, mounted or not: they keep what is there; then disks
 * and partitions to be written over; last what cannot be chosen, each with its reason.
 */
export function targetOptions(machine: Machine, load: Load): TargetOption[] {
  const all = placesOf(machine).flatMap((place) => optionsAt(place, load));
  // The disk that this system runs from is the last that comes to mind.
  const rank = ({ refusal, kind, place }: TargetOption): number =>
    refusal ? 3 : kind === 'device' ? 2 : place.disk.use.system ? 1 : 0;
  return all.sort((a, b) => rank(a) - rank(b));
}

/** One place, in the ways that it can be used; if in none, once, with what speaks against it. */
function optionsAt(place: Place, load: Load): TargetOption[] {
  const over = load.ways.includes('device') ? overwriting(place, load) : undefined;
  const file = load.ways.includes('file') ? fileIn(place, load) : undefined;
  const known = [file, over].filter((option) => option !== undefined);
  const possible = known.filter(({ refusal }) => !refusal);
  if (possible.length > 0) return possible;
  // Why no file can be put there says more than why it may not be written over.
  const [said] = over?.refusal !== undefined && over.refusal === load.whyNot(place) ? [over] : known;
  return said ? [said] : [];
}

function overwriting(place: Place, load: Load): TargetOption {
  const refusal = whyNotAtAll(place, load) ?? whyNotOver(place, load);
  return { place, kind: 'device', folder: undefined, on: undefined, refusal };
}

/** Undefined where nothing is that could hold a file. */
function fileIn(place: Place, load: Load): TargetOption | undefined {
  const content = contentOf(place);
  const { mountPoints, notTarget, checked } = useOf(place);
  const isDivided = !place.partition && place.disk.partitions.length > 0;
  if (isDivided || !content || !fileRoomOf(content)) return mountedFile(place, load);
  if (mountPoints.length > 0) return mountedFile(place, load);
  const { sizeBytes, usedBytes } = load;
  const unused = checked ? notTarget && sentence(notTarget.message) : 'still being looked at';
  return {
    place,
    kind: 'file',
    folder: '/',
    on: pathOf(place),
    refusal: whyNotAtAll(place, load) ?? unused ?? whyNoFile(content, sizeBytes, usedBytes),
  };
}

function mountedFile(place: Place, load: Load): TargetOption | undefined {
  const [folder] = useOf(place).mountPoints;
  const isDivided = !place.partition && place.disk.partitions.length > 0;
  if (folder === undefined || isDivided) return undefined;
  const busy = isForJob(folder) ? 'another rescue uses it at this moment' : undefined;
  // How much of it is free is looked at when the rescue begins: a drive that hangs shall hold up no screen.
  const small = sizeOf(place) < load.usedBytes ? 'not enough room' : undefined;
  return { place, kind: 'file', folder, on: undefined, refusal: whyNotAtAll(place, load) ?? busy ?? small };
}

/** What speaks against a disk whatever it would be used for. */
function whyNotAtAll({ disk, ...rest }: Place, load: Load): string | undefined {
  const own = load.whyNot({ disk, ...rest });
  if (own !== undefined) return own;
  if (disk.state.kind === 'gone') return 'it is gone';
  if (disk.kind === 'optical') return 'it is no disk';
  if (pathOf({ disk, ...rest }) === undefined) return 'the system has no name for it';
  if (disk.health.verdict === 'failing') return 'it is failing itself';
  return disk.touched.failed > 0 ? 'it has read errors itself' : undefined;
}

function whyNotOver(place: Place, load: Load): string | undefined {
  const { notTarget, checked } = useOf(place);
  if (sizeOf(place) < load.sizeBytes) return 'too small';
  if (notTarget) return sentence(notTarget.message);
  return checked ? undefined : 'still being looked at';
}

const sentence = (message: string): string => message.replace(/\.$/, '');

/** What is chosen with an option: a new file gets a name that is not taken there, as far as is known. */
export function choiceOf(
  option: TargetOption,
  { fileName }: Load,
  names: TakenNames = NO_NAMES,
): TargetChoice {
  const { place, kind, folder, on } = option;
  if (kind === 'device') return { kind, place, path: pathOf(place) ?? '' };
  return { kind, place, path: `${folder === '/' ? '' : folder}/${names.free(fileName, option)}`, on };
}
