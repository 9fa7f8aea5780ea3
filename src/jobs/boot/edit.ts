import { type BootPart, filesOf, volumePlace } from '../../boot/boot-disk.ts';
import { MOST_BOOT_INI_BYTES } from '../../boot/boot-ini.ts';
import { editableText, editedBytes, newBootIni } from '../../boot/boot-ini-text.ts';
import { memoryContent } from '../../boot/content.ts';
import { filePieces } from '../../boot/file-pieces.ts';
import { Check } from '../../boot/finding.ts';
import { byteFix, fileFix } from '../../boot/fix.ts';
import { isThere, type PartFile, readWhole } from '../../boot/part-files.ts';
import { whyNotChanged } from '../../boot/volume-state.ts';
import { Refusal } from '../refusal.ts';
import { fileChangePieces } from './file-driver.ts';
import type { BootRepair, PreparedFix } from './repair.ts';

/** boot.ini of the partition that is started, opened for a person to edit. */
export interface BootIniEdit {
  /** For an editor: UTF-8, with help in front. */
  readonly text: string;
  /**
   * Works out what writing the edited text back changes. Gives undefined when nothing was changed, a sentence when it
   * cannot be written.
   */
  prepare(edited: string): Promise<PreparedFix | string | undefined>;
}

/** Opens boot.ini; where there is none a new one for the Windows of the disk. Throws a `Refusal`. */
export async function openBootIni(repair: BootRepair): Promise<BootIniEdit> {
  const { context } = repair.result;
  const { system } = context;
  const part = system.bootPart;
  const files = part && filesOf(part);
  if (part === undefined || files === undefined || system.platform !== 'bios') {
    throw new Refusal(
      'no-boot-ini',
      `${repair.target.path} has no partition from which Windows XP could be started.`,
      'See M4: a primary partition has to be active.',
    );
  }
  const file = await files.find('boot.ini');
  const install = system.installs.find(({ kind }) => kind === 'ntldr');
  if (file === 'missing' && install === undefined) {
    throw new Refusal(
      'no-boot-ini',
      'There is no boot.ini, and no Windows XP that would need one.',
      'Later Windows have a boot store instead (B1).',
    );
  }
  const before = isThere(file) ? await contentOf(file) : new Uint8Array(0);
  const shown = isThere(file) || install === undefined ? before : (newBootIni(context, install) ?? before);
  return {
    text: await editableText(context, shown),
    prepare: (edited) => prepareEdit(repair, part, isThere(file) ? file : undefined, before, edited),
  };
}

async function contentOf(file: PartFile): Promise<Uint8Array> {
  const bytes = await readWhole(file, MOST_BOOT_INI_BYTES);
  if (typeof bytes !== 'string') return bytes;
  throw new Refusal('no-boot-ini', `boot.ini cannot be read: ${bytes}.`, 'Copy the disk first.');
}

async function prepareEdit(
  repair: BootRepair,
  part: BootPart,
  file: PartFile | undefined,
  before: Uint8Array,
  edited: string,
): Promise<PreparedFix | string | undefined> {
  const after = editedBytes(edited, before);
  if (typeof after === 'string') return after;
  if (after.length === before.length && after.every((byte, i) => byte === before[i])) return undefined;
  if (after.length > MOST_BOOT_INI_BYTES) return 'NTLDR does not read a boot.ini of that size.';
  const finding = new Check('I1', part.number, 'partitions with a Windows').warning('edited', '');
  const does = 'Writes boot.ini as it was edited.';
  if (file !== undefined && after.length === before.length) {
    const edits = [{ offset: 0, after, what: 'boot.ini' }];
    const pieces = await filePieces(repair.result.context.disk, part, file, edits);
    if (typeof pieces !== 'string') return { finding, fix: byteFix(does, 'low', pieces), pieces };
  }
  const obstacle = await whyNotChanged(repair.result.context.disk, part, true);
  if (obstacle !== undefined) return `boot.ini cannot be written: ${obstacle}.`;
  const content = memoryContent(after);
  const step =
    file === undefined
      ? ({ do: 'write', path: 'boot.ini', content } as const)
      : ({ do: 'overwrite', path: file.path, content } as const);
  const fix = fileFix(does, 'low', { ...volumePlace(part), steps: [step] });
  const { change } = fix;
  if (change.kind !== 'files') return 'It cannot be written.';
  const pieces = await fileChangePieces(repair.reader, change);
  return typeof pieces === 'string' ? pieces : { finding, fix, pieces };
}
