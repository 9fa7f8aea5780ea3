import { BCD, defaultId, ELEMENT, objectName, textOf } from '../bcd-store.ts';
import { type BootPart, filesOf, partName } from '../boot-disk.ts';
import type { CheckContext } from '../context.ts';
import { filePieces } from '../file-pieces.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { byteFix } from '../fix.ts';
import { isThere } from '../part-files.ts';
import { editsOf, isOpen, type NamedPart, namedParts, type OpenStore, refText, storesOf } from '../stores.ts';

const REBUILD =
  'Windows makes it anew with bootrec /rebuildbcd, or bcdboot C:\\Windows, from its installation medium.';

/** B1 to B3: the boot stores of the disk. */
export async function checkBootStores(context: CheckContext): Promise<Finding[]> {
  const { disk } = context;
  const findings: Finding[] = [];
  for (const one of await storesOf(disk)) {
    const number = one.part.number;
    const check = new Check('B2', number, 'a hive that was closed');
    if (!isOpen(one)) {
      const { opened } = one;
      if ('hive' in opened) continue;
      const make = opened.kind === 'damaged' ? check.failing.bind(check) : check.unknown.bind(check);
      findings.push(make(opened.kind, opened.message, { advice: REBUILD }));
      findings.push(
        new Check('B1', number, 'places on this disk').unknown('see B2', 'The boot store cannot be read.'),
      );
      findings.push(
        new Check('B3', number, 'a loader that is there').unknown('see B2', 'The boot store cannot be read.'),
      );
      continue;
    }
    findings.push(await checkPlaces(context, one), hiveFinding(check, one), await checkDefault(context, one));
  }
  return findings;
}

function hiveFinding(check: Check, { opened }: OpenStore): Finding {
  if (opened.unclean === undefined) return check.ok('whole and closed');
  const meaning = `It is not written to here: ${opened.unclean}. Windows mends it when it starts from it.`;
  return check.warning('not closed', meaning, { advice: REBUILD });
}

async function checkPlaces(context: CheckContext, one: OpenStore): Promise<Finding> {
  const { disk, system } = context;
  const check = new Check('B1', one.part.number, 'disk and partitions of this disk');
  const all = await namedParts(disk, one);
  if (system.platform === 'volume') {
    return check.unknown(
      `${all.length} places`,
      'In the image of a volume nobody knows on which disk it will be.',
    );
  }
  const wrong = all.filter(({ isRight }) => !isRight);
  if (all.length === 0) return check.ok('none named by number');
  if (wrong.length === 0) return check.ok(`${all.length} places, all right`);
  const read = `${wrong.length} of ${all.length} places wrong`;
  const worst = wrong.find(({ isVital }) => isVital) ?? (wrong[0] as NamedPart);
  const meaning = `${capital(objectName(worst.object))} is looked for on ${refText(disk, worst.ref)}, where it is not${worst.isVital ? ': 0xc000000e or the like' : ''}.`;
  const remedy = await remedyOf(context, one, wrong);
  return worst.isVital ? check.failing(read, meaning, remedy) : check.warning(read, meaning, remedy);
}

async function remedyOf(
  { disk }: CheckContext,
  one: OpenStore,
  wrong: readonly NamedPart[],
): Promise<Partial<Remedy>> {
  if (one.opened.unclean !== undefined)
    return { advice: `The store is not written to: ${one.opened.unclean}.` };
  const known = wrong.filter(({ meant }) => meant !== undefined);
  if (known.length === 0) {
    return { advice: `Which partition is meant is not beyond doubt. ${REBUILD}` };
  }
  const edits = known.flatMap((place) => editsOf(disk, place, place.meant as BootPart));
  const pieces = await filePieces(disk, one.part, one.opened.file, edits);
  if (typeof pieces === 'string') return { advice: `The store cannot be changed in its place: ${pieces}.` };
  const left = wrong.length - known.length;
  const does = `Names the right partition in ${known.length} places of the boot store.`;
  const beware = left > 0 ? `${left} more are left: which partition they mean is not beyond doubt.` : '';
  return { fix: byteFix(does, 'medium', pieces, { beware }) };
}

async function checkDefault(context: CheckContext, one: OpenStore): Promise<Finding> {
  const { disk, system } = context;
  const { store } = one.opened;
  const isUefi = one.path.toLowerCase().startsWith('efi');
  const check = new Check(
    'B3',
    one.part.number,
    isUefi ? 'a winload.efi that is there' : 'a winload.exe that is there',
  );
  const id = defaultId(store);
  if (id === undefined)
    return check.failing('none', 'The store names no system to start.', { advice: REBUILD });
  const object = store.objects.get(id);
  if (object === undefined) {
    return check.failing(
      'an entry that is not there',
      `The store is to start ${id}, which it does not have.`,
      { advice: REBUILD },
    );
  }
  if (object.id === BCD.NTLDR) return check.ok('the older Windows (boot.ini)');
  const path = textOf(object, ELEMENT.PATH);
  if (path === undefined)
    return check.warning('no file', `${capital(objectName(object))} names no file to start.`);
  const read = path.split('\\').at(-1) ?? path;
  const wanted = isUefi ? '.efi' : '.exe';
  if (/\.(efi|exe)$/i.test(path) && !path.toLowerCase().endsWith(wanted)) {
    const meaning = `${isUefi ? 'UEFI starts .efi files' : 'A BIOS starts .exe files'}, and the store names ${read}: it was made for the other kind of firmware.`;
    return check.failing(read, meaning, { advice: REBUILD });
  }
  if (system.platform === 'volume') return check.ok(read);
  // Whether the store names the right one is B1.
  for (const part of disk.parts) {
    const found = await filesOf(part)?.find(path);
    if (found === 'lost')
      return check.unknown(
        read,
        `A folder of ${partName(part)} is damaged: nobody can tell whether ${path} is there.`,
      );
    if (found !== undefined && isThere(found)) return check.ok(read);
  }
  const isLocked = disk.parts.some(({ content }) => content.kind === 'bitlocker');
  if (isLocked) return check.unknown(read, 'Its partition is encrypted by BitLocker.');
  return check.failing(`${read} is missing`, `${path} is on no partition of this disk.`, { advice: REBUILD });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
