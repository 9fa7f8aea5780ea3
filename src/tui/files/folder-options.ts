import { isForJob } from '../../jobs/drive/drive-place.ts';
import { fileRoomOf, whyNoFiles } from '../../jobs/drive/file-room.ts';
import type { Machine } from '../../probe/machine.ts';
import { contentOf, type Place, pathOf, placesOf, useOf } from '../disks/place.ts';
import { WORDS } from '../words.ts';

/** A folder that files can be put into or be looked for in, and why not, if not. */
export interface FolderOption {
  readonly place: Place;
  readonly folder: string;
  /** The drive that is to be mounted for it. */
  readonly on: string | undefined;
  readonly refusal: string | undefined;
}

/** A folder that was chosen; one that was typed may be in no place of the list. */
export type FolderChoice = Pick<FolderOption, 'folder' | 'on'> & { readonly place: Place | undefined };

/**
 * Every folder and drive that files can be put into, or be looked for in: what is mounted, and what can be mounted for
 * it. `from` is a drive that is mounted for the same purpose anyway.
 */
export function folderOptions(
  machine: Machine,
  deed: 'write' | 'read',
  from: string | undefined,
): FolderOption[] {
  const options = placesOf(machine).flatMap((place) => optionsAt(place, deed, from));
  // What cannot be chosen comes last.
  return options.sort((a, b) => Number(a.refusal !== undefined) - Number(b.refusal !== undefined));
}

function optionsAt(place: Place, deed: 'write' | 'read', from: string | undefined): FolderOption[] {
  const content = contentOf(place);
  const { mountPoints, notTarget, notSource, checked } = useOf(place);
  const path = pathOf(place);
  const isDivided = !place.partition && place.disk.partitions.length > 0;
  if (isDivided || path === undefined) return [];
  const { health, state } = place.disk;
  const failing = health.verdict === 'failing' ? WORDS.folders.failing : undefined;
  const unusable = state.kind === 'gone' ? WORDS.folders.gone : failing;
  const [folder] = mountPoints;
  if (folder !== undefined) {
    const busy = isForJob(folder) ? WORDS.folders.busy : undefined;
    return [{ place, folder, on: undefined, refusal: unusable ?? busy }];
  }
  if (!content || !fileRoomOf(content)) return [];
  const speaksAgainst = deed === 'write' ? notTarget : notSource;
  const unused = checked ? speaksAgainst?.message.replace(/\.$/, '') : WORDS.folders.asking;
  const unfit = deed === 'write' ? whyNoFiles(content) : undefined;
  return [
    { place, folder: '/', on: path, refusal: unusable ?? (path === from ? undefined : unused) ?? unfit },
  ];
}
