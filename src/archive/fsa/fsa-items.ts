import { FsaError } from './fsa-error.ts';
import type { FsaDamage, FsaItem, ReadOptions } from './fsa-item.ts';
import { ItemReader } from './item-reader.ts';
import { MAGIC } from './keys.ts';
import { VolumeFile, volumePath } from './volume-file.ts';

const HEAD_BYTES = 64;

/**
 * Goes through an archive from the beginning of its first file to the end of its last. Never throws for what is in it:
 * contradictions come as damage. Rejects with the system's error when the first file cannot be opened, with an `FsaError`
 * when it is no archive, and with the signal's reason.
 */
export async function* readItems(path: string, options: ReadOptions): AsyncGenerator<FsaItem> {
  let archiveId: number | undefined;
  let passed = 0;
  for (let volume = 0; ; volume++) {
    const file = await openVolume(path, volume);
    if (!(file instanceof VolumeFile)) {
      yield file;
      return;
    }
    try {
      const format = await formatOf(file, volume);
      if (format === undefined) {
        const place = { volume, position: 0 };
        const error = new FsaError(
          `${file.path} is no archive of FSArchiver.`,
          place,
          '"FsA0"',
          'other bytes',
        );
        if (volume === 0) throw error;
        yield { kind: 'damage', code: 'wrong-volume', error };
        return;
      }
      const reader = new ItemReader(file, volume, format, archiveId, passed, options);
      yield* reader.items();
      if (reader.isLast) return;
      archiveId = reader.archiveId;
      passed += file.sizeBytes;
    } finally {
      await file.close();
    }
  }
}

async function openVolume(path: string, volume: number): Promise<VolumeFile | FsaDamage> {
  const place = volumePath(path, volume);
  try {
    return await VolumeFile.open(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (volume === 0 || code === undefined) throw error;
    const isMissing = code === 'ENOENT';
    const message = isMissing
      ? `The file ${place} of the archive is missing.`
      : `The file ${place} of the archive cannot be read (${code}).`;
    return {
      kind: 'damage',
      code: isMissing ? 'missing-volume' : 'unreadable',
      error: new FsaError(message, { volume, position: 0 }, 'the next file of the archive', code),
    };
  }
}

/** Version of the format: 1 has lengths of 16 bits, 2 of 32. */
async function formatOf(file: VolumeFile, volume: number): Promise<1 | 2 | undefined> {
  let head: Uint8Array;
  try {
    head = await file.take(HEAD_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (volume === 0 || code === undefined) throw error;
    return undefined;
  }
  file.seek(0);
  const text = Buffer.from(head).toString('latin1');
  if (!text.startsWith(MAGIC.volumeHead)) return undefined;
  if (text.startsWith('FsArCh_002', 42)) return 2;
  return /^FsArCh_00[1Y]/.test(text.slice(40)) ? 1 : undefined;
}
