import { type LogState, readLogState } from '../ntfs/log-state.ts';
import { isHibernated, readVolumeFacts } from '../ntfs/volume-facts.ts';
import { volumeTree } from '../ntfs/volume-tree.ts';
import { type BootDisk, type BootPart, isNtfs, type NtfsPart, partName } from './boot-disk.ts';

/** In what state Windows has left a volume; `undefined` where that cannot be read. */
export interface VolumeState {
  /** Windows sleeps on it: hibernated, or shut down with fast start. */
  readonly asleep: boolean | undefined;
  /** It asks for a check. */
  readonly dirty: boolean | undefined;
  readonly log: LogState;
}

const known = new WeakMap<NtfsPart, Promise<VolumeState>>();

/** Reads the state of a volume, once. */
export function volumeState(part: NtfsPart): Promise<VolumeState> {
  const before = known.get(part);
  if (before !== undefined) return before;
  const state = readState(part);
  known.set(part, state);
  return state;
}

async function readState({ content }: NtfsPart): Promise<VolumeState> {
  const { volume } = content.opened;
  const { dirty } = await readVolumeFacts(volume);
  return { asleep: await isAsleep(content), dirty, log: await readLogState(volume) };
}

async function isAsleep({ opened }: NtfsPart['content']): Promise<boolean | undefined> {
  const entry = await volumeTree(opened.volume).find('hiberfil.sys');
  if ('missing' in entry) return entry.damaged ? undefined : false;
  return isHibernated(opened.volume, entry.record);
}

/**
 * Why files of a partition must not be changed, as a clause; `undefined` when they may. A Windows that sleeps, on whatever
 * partition of the disk, remembers the old content. The log of NTFS may write records of files again (`resident`: the
 * content lies in such a record, or a driver writes to the volume).
 */
export async function whyNotChanged(
  { parts }: BootDisk,
  part: BootPart,
  resident: boolean,
): Promise<string | undefined> {
  for (const other of parts.filter(isNtfs)) {
    const { asleep } = await volumeState(other);
    if (asleep) return `Windows sleeps on ${partName(other)} (F2)`;
    if (asleep === undefined && other === part) return 'whether Windows sleeps on it cannot be read';
  }
  if (!isNtfs(part) || !resident) return undefined;
  const { log } = await volumeState(part);
  return log === 'clean' ? undefined : 'its log holds changes that were not made yet (F2)';
}
