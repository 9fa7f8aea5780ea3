import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describePath } from '../../block/device-facts.ts';
import type { PathFacts } from '../../block/path-facts.ts';
import type { JobEvent } from '../job-events.ts';
import { endOf, type JobEnd } from '../job-identity.ts';
import type { JobSpec } from '../job-spec.ts';
import { knowsNoHoles } from './file-room.ts';
import { type MountedDrive, mountDrive } from './mounted-drive.ts';

/** A job whose paths are all paths of this machine, also where its target lies in a drive that is mounted for it. */
export interface PlacedJob {
  /** As it was given. */
  readonly given: JobSpec;
  /** With paths of this machine. */
  readonly spec: JobSpec;
  /** Whether the target file takes its whole size at once. */
  readonly takesAllRoom: boolean;
  /** Model and serial number of the drive, if there is one. */
  readonly drive: PathFacts | undefined;
  /** The target of the job as it is remembered: by its drive and its path there. */
  remembered(end: JobEnd, bootId: string): JobEnd;
  /** Paths in a text, or in an event, as people know them. */
  told(text: string): string;
  toldEvent(event: JobEvent): JobEvent;
  /** Looks whether the drive is back, after the target was lost. */
  comeBack(source: PathFacts): Promise<void>;
  /** Lets go of the drive, once; resolves to a sentence for the user, if there is a drive. */
  putAway(): Promise<string | undefined>;
}

/** A drive that does not finish its last writes is not waited for longer. */
const PUT_AWAY_MS = 120_000;

/** Mounts the drive of the job's target, if it has one. Throws a `Refusal`. */
export async function placeTarget(given: JobSpec): Promise<PlacedJob> {
  const { on, agreed } = given;
  if (on === undefined) return onThisMachine(given);
  const source = await describePath(given.source);
  const drive = await mountDrive(on.path, { writable: true, source, agreed });
  try {
    const target = await drive.inside(given.target);
    const map = on.holdsMap ? await drive.inside(given.map) : given.map;
    return inDrive(given, { ...given, target, map }, drive);
  } catch (error) {
    await drive.putAway();
    throw error;
  }
}

const onThisMachine = (given: JobSpec): PlacedJob => ({
  given,
  spec: given,
  takesAllRoom: false,
  drive: undefined,
  remembered: (end) => end,
  told: (text) => text,
  toldEvent: (event) => event,
  comeBack: async () => undefined,
  putAway: async () => undefined,
});

function inDrive(given: JobSpec, spec: JobSpec, drive: MountedDrive): PlacedJob {
  let isAway = false;
  return {
    given,
    spec,
    takesAllRoom: knowsNoHoles(drive.room),
    drive: drive.facts,
    remembered: (end, bootId) => {
      const on = endOf(drive.facts, drive.facts.sizeBytes, bootId);
      const { kind, uuid } = drive.content;
      const volume = kind === 'ntfs' && uuid !== undefined ? { volumeSerial: uuid } : {};
      return { ...end, path: resolve('/', given.target), ...(on && { on: { ...on, ...volume } }) };
    },
    told: drive.told,
    toldEvent: (event) =>
      isFrequent(event) ? event : (JSON.parse(drive.told(JSON.stringify(event))) as JobEvent),
    comeBack: (source) => drive.comeBack(source),
    putAway: async () => {
      if (isAway) return undefined;
      isAway = true;
      const late = delay(PUT_AWAY_MS, 'it does not answer', { ref: false });
      const problem = await Promise.race([drive.putAway(), late]);
      return problem === undefined
        ? `The drive ${drive.device} is put away: it may be unplugged.`
        : `Do not unplug the drive ${drive.device} yet: ${problem}.`;
    },
  };
}

/** These hold no paths, and come many times a second. */
const isFrequent = ({ event }: JobEvent): boolean => event === 'progress' || event === 'fault';
