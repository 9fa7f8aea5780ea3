import { ArchiveError } from '../archive-error.ts';
import type { FsaHeader } from '../fsa/fsa-item.ts';
import { readItems } from '../fsa/fsa-items.ts';
import { FILE_SYSTEM, MAGIC } from '../fsa/keys.ts';

/** FSArchiver puts these into commands, which it hands to a parser that runs what is in `$( )` and backquotes. */
const PLAIN_TEXT = /^[\w ./:,=+@-]*$/;
/** Not used when restoring, or replaced on the command line. */
const HARMLESS: ReadonlySet<number> = new Set([
  FILE_SYSTEM.label,
  FILE_SYSTEM.mountPoint,
  FILE_SYSTEM.device,
]);
/** Used as texts, whatever they say they are. */
const USED: ReadonlySet<number> = new Set([
  FILE_SYSTEM.type,
  FILE_SYSTEM.uuid,
  FILE_SYSTEM.extOptions,
  FILE_SYSTEM.mountOptions,
]);
const TEXT = 6;

/**
 * Refuses an archive in which a text that FSArchiver would put into a command holds anything but plain signs: restoring
 * it would run commands of whoever made the archive.
 */
export async function refuseHostileTexts(archive: string): Promise<void> {
  for await (const item of readItems(archive, { checkBlocks: false })) {
    if (item.kind !== 'header') return;
    if (item.magic === MAGIC.begin || item.magic === MAGIC.object) return;
    if (item.magic === MAGIC.fileSystem) checkTexts(item, archive);
  }
}

function checkTexts({ dico, place }: FsaHeader, archive: string): void {
  for (const { type, key, section, data } of dico.items) {
    if (section !== 0 || HARMLESS.has(key) || (type !== TEXT && !USED.has(key))) continue;
    const end = data.indexOf(0);
    const text = Buffer.from(end < 0 ? data : data.subarray(0, end)).toString('latin1');
    if (PLAIN_TEXT.test(text)) continue;
    throw new ArchiveError(
      'refused',
      'archive-hostile',
      `A text at byte ${place.position} of ${archive} would run as a command while it is restored.`,
      'Do not restore this archive, with no program.',
    );
  }
}
