import { type LogState, readLogState } from '../ntfs/log-state.ts';
import { isHibernated, readVolumeFacts } from '../ntfs/volume-facts.ts';
import { volumeTree } from '../ntfs/volume-tree.ts';
import type { NtfsPart } from './boot-disk.ts';

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
 * Why the content of files must not be changed, as a clause; `undefined` when it may. Windows that sleeps remembers the
 * old one; its log may write records of files again (`resident`: the content lies in such a record).
 */
export async function whyNotChanged(part: NtfsPart, resident: boolean): Promise<string | undefined> {
  const { asleep, log } = await volumeState(part);
  if (asleep !== false) return 'Windows sleeps on it (F2)';
  if (resident && log !== 'clean') return 'its log holds changes that were not made yet (F2)';
  return undefined;
}
