import { open, stat } from 'node:fs/promises';

/** Takes a repair back: in `path`, which may be a clone of the volume, what was damaged is so again. */
export type Undo = (path: string) => Promise<void>;

/** A way to mend a volume so that ntfsclone takes it; resolves to the way back. */
export type Repair = (image: string) => Promise<Undo>;

/** Puts the backup boot sector, the last sector of the volume, in the place of the first. */
const bootFromBackup: Repair = async (image) => {
  const { size } = await stat(image);
  return replace(image, size - 512, 0, 512);
};

/** Puts the first record of $MFTMirr in the place of that of $MFT. */
const recordFromMirror: Repair = async (image) => {
  const boot = await readAt(image, 0, 512);
  const clusterBytes = boot.readUInt16LE(0x0b) * (boot[0x0d] ?? 0);
  const placeAt = (offset: number): number => Number(boot.readBigUInt64LE(offset)) * clusterBytes;
  return replace(image, placeAt(0x38), placeAt(0x30), 1024);
};

/** All repairs, the least first. */
export const REPAIRS: readonly Repair[] = [bootFromBackup, recordFromMirror];

async function replace(image: string, from: number, to: number, length: number): Promise<Undo> {
  const damaged = await readAt(image, to, length);
  await writeAt(image, to, await readAt(image, from, length));
  return (path) => writeAt(path, to, damaged);
}

async function readAt(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, offset);
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeAt(path: string, offset: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(bytes, 0, bytes.length, offset);
  } finally {
    await file.close();
  }
}
