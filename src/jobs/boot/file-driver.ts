import { mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { readMounts } from '../../block/mounts.ts';
import { RangeSet } from '../../block/range-set.ts';
import type { FileChange, FileStep, Piece } from '../../boot/fix.ts';
import { ATTRIBUTE } from '../../ntfs/attribute.ts';
import { SYSTEM_RECORD } from '../../ntfs/attribute-role.ts';
import { fileAttribute } from '../../ntfs/file-attributes.ts';
import { readClamped } from '../../ntfs/holes.ts';
import { readLogState } from '../../ntfs/log-state.ts';
import { openNtfs } from '../../ntfs/open-ntfs.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { type ViewFile, viewAsFile } from '../view-file.ts';
import { Overlay } from './overlay.ts';

/**
 * Lets a driver change files on a copy that only it sees (ntfs-3g, ntfsfix, or mtools for FAT), and gives what it has
 * changed there as pieces of the disk. The disk itself is only read. Gives a sentence where that fails.
 */
export async function fileChangePieces(
  disk: VolumeReader,
  change: FileChange,
): Promise<readonly Piece[] | string> {
  const { startBytes, sizeBytes, fileSystem, steps } = change;
  const volume: VolumeReader = {
    sizeBytes,
    read: (offset, length) => readClamped(disk, startBytes + offset, length),
  };
  const overlay = new Overlay(volume);
  const view = await viewAsFile(overlay.reader, overlay.write);
  if (typeof view === 'string') return `Files cannot be changed here: ${view}.`;
  let problem: string | undefined;
  try {
    problem = fileSystem === 'fat' ? await onFat(view, steps) : await onNtfs(view, steps);
  } finally {
    await view.close();
  }
  if (problem !== undefined) return problem;
  if (overlay.isFull) return 'The driver writes more than can be kept for undoing it.';
  const what = fileSystem === 'fat' ? 'FAT, by mtools' : 'NTFS, by ntfs-3g';
  const pieces = await overlay.pieces(startBytes, what);
  return fileSystem === 'fat' ? pieces : withoutLog(volume, startBytes, pieces);
}

/**
 * ntfs-3g empties the log whenever it writes, as a precaution. A log in which nothing waits is as good as it was, and
 * so it is left alone.
 */
async function withoutLog(
  volume: VolumeReader,
  startBytes: number,
  pieces: readonly Piece[],
): Promise<readonly Piece[]> {
  const opened = await openNtfs(volume);
  if (opened === undefined || (await readLogState(opened.volume)) !== 'clean') return pieces;
  const state = await opened.volume.mft.record(SYSTEM_RECORD.LOG_FILE);
  const data =
    state.state === 'in-use'
      ? await fileAttribute(opened.volume, state.record, ATTRIBUTE.DATA, '')
      : undefined;
  if (data === undefined || 'value' in data) return pieces;
  const { clusterBytes } = opened.volume.boot;
  const log = RangeSet.of(
    data.runs.flatMap(({ lcn, length }) => {
      if (lcn === undefined) return [];
      const start = startBytes + lcn * clusterBytes;
      return [{ start, end: start + length * clusterBytes }];
    }),
  );
  return pieces.flatMap((piece) => {
    const { start, before, after } = piece;
    return [...RangeSet.single(start, start + after.length).subtract(log)].map((left) => ({
      ...piece,
      start: left.start,
      before: before.slice(left.start - start, left.end - start),
      after: after.slice(left.start - start, left.end - start),
    }));
  });
}

async function onNtfs(view: ViewFile, steps: readonly FileStep[]): Promise<string | undefined> {
  if (steps.some((step) => step.do === 'empty-log')) {
    const { failed, stdout, shortMessage } = await execa('ntfsfix', [view.path], {
      reject: false,
      stdin: 'ignore',
    });
    return failed
      ? `ntfsfix does not empty the log: ${stdout.split('\n').at(-1) || shortMessage}.`
      : undefined;
  }
  const options = ['streams_interface=windows', 'noatime', 'no_detach'];
  if (steps.some((step) => step.do === 'wake')) options.push('remove_hiberfile');
  // What is written anew shall not be compressed, whatever its folder says.
  if (steps.some((step) => step.do === 'write')) options.push('nocompression');
  const place = join(view.folder, 'files');
  await mkdir(place);
  const driver = execa(
    'setpriv',
    ['--pdeathsig', 'TERM', 'ntfs-3g', '-o', options.join(), view.path, place],
    {
      reject: false,
      stdin: 'ignore',
      detached: true,
      env: { LC_ALL: 'C.UTF-8' },
    },
  );
  const ended = driver.then(
    ({ stderr, shortMessage }) => stderr.trim().split('\n').at(-1) || shortMessage || 'it ended',
  );
  const problem = await Promise.race([ended, mounted(place)]);
  if (problem !== undefined) return `ntfs-3g does not mount the volume: ${problem}.`;
  if ((await readMounts()).find(({ mountPoint }) => mountPoint === place)?.readOnly) {
    await unmount(place);
    await ended;
    return 'ntfs-3g mounts the volume for reading only: Windows sleeps on it, or its log is not empty (F2).';
  }
  try {
    for (const step of steps) await ntfsStep(place, step);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `The files cannot be written: ${error.message}.`;
  } finally {
    await unmount(place);
    // The last writes come after the unmount.
    await ended;
  }
}

const MOUNT_WITHIN_MS = 60_000;

async function mounted(place: string): Promise<string | undefined> {
  for (let waited = 0; waited < MOUNT_WITHIN_MS; waited += 10) {
    if ((await readMounts()).some(({ mountPoint }) => mountPoint === place)) return undefined;
    await delay(10);
  }
  return 'it does not come up';
}

async function unmount(place: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const { failed } = await execa('umount', [place], { reject: false, stdin: 'ignore' });
    if (!failed || !(await readMounts()).some(({ mountPoint }) => mountPoint === place)) return;
    await delay(20);
  }
}

async function ntfsStep(root: string, step: FileStep): Promise<void> {
  if (step.do !== 'write' && step.do !== 'overwrite') return;
  const path = await placeIn(root, step.path);
  if (step.do === 'overwrite') {
    await fill(path, 'r+', step.content);
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  const aside = join(dirname(path), `lifeboat-${process.pid}.new`);
  const kept = await attributesOf(path);
  try {
    await fill(aside, 'wx', step.content);
    for (const [name, value] of kept)
      await execa('setfattr', ['-h', '-n', name, '-v', value, aside], { stdin: 'ignore' });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** What a file is beside its content, in the order in which it has to be given to another: who may, times, flags. */
const KEPT = ['system.ntfs_acl', 'system.ntfs_times', 'system.ntfs_attrib'];

/** Attributes of NTFS as getfattr prints them; none for a file that is not there. */
async function attributesOf(path: string): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const name of KEPT) {
    const { failed, stdout } = await execa(
      'getfattr',
      ['-h', '-e', 'hex', '--absolute-names', '-n', name, path],
      {
        reject: false,
        stdin: 'ignore',
      },
    );
    const value = failed ? undefined : /=(0x[0-9a-f]+)/.exec(stdout)?.[1];
    if (value !== undefined) found.push([name, value]);
  }
  return found;
}

/** The place of a path in the letters that are there: a second `boot` beside `Boot` would hide files from Windows. */
async function placeIn(root: string, path: string): Promise<string> {
  let at = root;
  for (const part of path.split('/')) {
    const names = await readdir(at).catch(() => []);
    at = join(
      at,
      names.find((name) => name === part) ??
        names.find((name) => name.toLowerCase() === part.toLowerCase()) ??
        part,
    );
  }
  return at;
}

const STEP_BYTES = 2 ** 20;

async function fill(path: string, flags: 'r+' | 'wx' | 'w', content: VolumeReader): Promise<void> {
  const file = await open(path, flags);
  try {
    if (flags === 'r+') await file.truncate(0);
    for (let at = 0; at < content.sizeBytes; at += STEP_BYTES) {
      const { bytes, holes } = await content.read(at, Math.min(STEP_BYTES, content.sizeBytes - at));
      if (holes.length > 0) throw new Error(`a part of what is to be copied cannot be read (byte ${at})`);
      await file.write(bytes, 0, bytes.length, at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function onFat(view: ViewFile, steps: readonly FileStep[]): Promise<string | undefined> {
  const made = new Set<string>();
  const local = join(view.folder, 'content');
  const mtool = (tool: string, ...words: string[]) =>
    execa(tool, ['-i', view.path, ...words], {
      reject: false,
      stdin: 'ignore',
      env: { MTOOLS_SKIP_CHECK: '1', LC_ALL: 'C.UTF-8' },
    });
  for (const step of steps) {
    if (step.do !== 'write' && step.do !== 'overwrite') continue;
    const parts = step.path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      if (made.has(folder)) continue;
      made.add(folder);
      const there = await mtool('mdir', '-b', `::/${folder}`);
      if (!there.failed) continue;
      const { failed, stderr, shortMessage } = await mtool('mmd', `::/${folder}`);
      if (failed) return `mtools does not make the folder ${folder}: ${stderr.trim() || shortMessage}.`;
    }
    try {
      await fill(local, 'w', step.content);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return `The files cannot be written: ${error.message}.`;
    }
    const { failed, stderr, shortMessage } = await mtool('mcopy', '-o', local, `::/${step.path}`);
    await unlink(local);
    if (failed) return `mtools does not write ${step.path}: ${stderr.trim().split('\n')[0] || shortMessage}.`;
  }
  return undefined;
}
