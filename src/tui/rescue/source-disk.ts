import type { StartEvent } from '../../jobs/job-events.ts';
import type { Disk, Machine } from '../../probe/machine.ts';
import { pathOf, placesOf, sizeOf } from '../disks/place.ts';
import { WORDS } from '../words.ts';
import type { ReportData } from './report-data.ts';

/** What of a source tells its disk from others. */
export type KnownSource = Pick<StartEvent['source'], 'path' | 'sizeBytes' | 'serial' | 'diskSequence'>;

/**
 * The disk of a source as it is known now: its attachment of then, else the one with its serial number, for it may have
 * come back; its name alone may be that of another disk by now.
 */
export function sourceDiskOf(machine: Machine, source: KnownSource): Disk | undefined {
  const { path, sizeBytes, serial, diskSequence } = source;
  const of = (isIt: (disk: Disk) => boolean): Disk | undefined =>
    machine.disks.find((disk) => disk.state.kind !== 'gone' && isIt(disk));
  const attached = diskSequence !== undefined && of((disk) => disk.diskSequence === diskSequence);
  if (attached) return attached;
  if (serial !== undefined) return of((disk) => disk.serial === serial);
  const named = placesOf(machine).find((place) => pathOf(place) === path);
  const isAlike = named && named.disk.serial === undefined && sizeOf(named) === sizeBytes;
  return isAlike ? of((disk) => disk === named.disk) : undefined;
}

/** That nobody has written to the source; undefined unless its disk is still attached as it was during the run. */
export function proofOfNoWrites(
  machine: Machine,
  { sourceSequence }: Pick<ReportData, 'sourceSequence'>,
): string | undefined {
  if (sourceSequence === undefined) return undefined;
  const disk = machine.disks.find(({ diskSequence }) => diskSequence === sourceSequence);
  return disk?.traffic.writes === 0 ? WORDS.report.proof(disk.name) : undefined;
}
