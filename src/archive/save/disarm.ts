import { open } from 'node:fs/promises';
import type { ArchivedObject } from '../fsa/fsa-contents.ts';
import { FsaError } from '../fsa/fsa-error.ts';
import { MAGIC } from '../fsa/keys.ts';
import { volumePath } from '../fsa/volume-file.ts';

/**
 * Makes harmless the headers of files that FSArchiver could not read. It stores such a header without its content, takes
 * the next object for that content when it restores, and often gives up there. Four bytes of the header, its mark,
 * become another mark that FSArchiver passes over between objects (measured): everything else restores, and the source
 * need not be read again. The header's checksum does not cover the mark.
 */
export async function disarm(archive: string, objects: readonly ArchivedObject[]): Promise<void> {
  for (const { place, path } of objects) {
    const file = await open(volumePath(archive, place.volume), 'r+');
    try {
      const mark = Buffer.alloc(4);
      await file.read(mark, 0, 4, place.position);
      if (mark.toString('latin1') !== MAGIC.object) {
        const message = `The header of ${path} is not where it was in ${archive}.`;
        throw new FsaError(message, place, MAGIC.object, mark.toString('latin1'));
      }
      await file.write(MAGIC.fileEnd, place.position, 'latin1');
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
