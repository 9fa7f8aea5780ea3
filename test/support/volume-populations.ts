import type { VolumeWriter } from './volume-writer.ts';

/** Fills a fresh volume with files. */
export type Population = (volume: VolumeWriter) => Promise<void>;

/** Every kind of file that NTFS knows, about `megabytes` in all. */
export function everyKind(megabytes = 24): Population {
  return async (volume) => {
    for (let i = 0; i < 120; i++) {
      const folder = `Users/Ada/Documents/Year ${1990 + (i % 7)}/Month ${1 + (i % 5)}`;
      await volume.file(`${folder}/letter ${i}.txt`, volume.random.integer(600));
    }
    for (let i = 0; i < 40; i++) await volume.file(`Users/Ada/Pictures/${i}.jpg`, 9_000 + 1_500 * i);
    await volume.interleaved(['Data/left.bin', 'Data/right.bin'], megabytes * 2 ** 17, 48 * 1024);
    await volume.file('Data/large.bin', megabytes * 2 ** 19);
    await volume.sparse('Data/sparse.img', 8 * 2 ** 20, 7);
    await volume.file('Data/empty', 0);
    await volume.file('Data/with streams.txt', 3_000);
    await volume.file('Data/with streams.txt:Zone.Identifier', Buffer.from('[ZoneTransfer]\r\nZoneId=3\r\n'));
    await volume.file('Data/with streams.txt:large', 150_000);
    if (await volume.compressedFolder('Compressed')) {
      for (let i = 0; i < 4; i++)
        await volume.file(`Compressed/${i}.log`, volume.compressible(70_001 * (i + 1)));
      await volume.file('Compressed/noise.bin', 200_000);
    }
    await volume.hardLink('Data/left.bin', 'Links/again.bin');
    await volume.hardLink('Users/Ada/Pictures/3.jpg', 'Links/picture.jpg');
    await volume.symbolicLink('../Data/large.bin', 'Links/symbolic');
    await volume.junction('C:\\Users\\Ada', 'Links/junction');
    for (const name of [
      'Grüße aus Straßburg.txt',
      '日本語のファイル.doc',
      '🛟 lifebuoy.md',
      `${'long '.repeat(50)}.txt`,
    ]) {
      await volume.file(`Names/${name}`, 5_000);
    }
    for (let i = 0; i < 20; i++) await volume.file(`Bin/deleted ${i}.tmp`, 30_000);
    for (let i = 0; i < 20; i += 2) await volume.remove(`Bin/deleted ${i}.tmp`);
  };
}

/** `count` files of up to `largest` bytes, 500 to a folder. */
export function manyFiles(count: number, largest = 400): Population {
  return async (volume) => {
    for (let i = 0; i < count; i++) {
      const folder = `many/${Math.floor(i / 500)}`;
      await volume.file(`${folder}/file number ${i}.dat`, volume.random.integer(largest + 1));
    }
  };
}

/**
 * A $MFT in hundreds of pieces: fills the volume with two files whose clusters alternate, deletes one, and makes
 * so many small files that the $MFT has to grow into the holes and needs an attribute list to tell where it is.
 * For volumes of 24 MiB or more, not much more: 5000 files give 300 pieces.
 */
export function fragmentedMft(files = 5000): Population {
  return async (volume) => {
    const piece = Math.max(volume.clusterBytes, 4096);
    const free = await volume.freeBytes();
    const half = Math.floor((free * 0.97) / 2 / piece) * piece;
    await volume.interleaved(['filler/stays.bin', 'filler/goes.bin'], half, piece);
    await volume.remove('filler/goes.bin');
    await manyFiles(files, 300)(volume);
  };
}
