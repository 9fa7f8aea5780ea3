import { editGpt } from '../../partition/gpt-edit.ts';
import { moveGpt } from '../../partition/gpt-move.ts';
import { isNtfs, partName } from '../boot-disk.ts';
import { TYPE } from '../boot-system.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { byteFix, type Fix } from '../fix.ts';

const HIDDEN_BIT = 62;
const NO_LETTER_BIT = 63;
const SECTOR_SIZES = [512, 4096];

/** G1 and G2: the two copies of a GPT, and where they lie. */
export async function checkCopies(context: CheckContext): Promise<Finding[]> {
  const { disk } = context;
  const whole = new Check('G1', undefined, 'two whole copies');
  const place = new Check('G2', undefined, 'in the last sector');
  const { gpt, sectorBytes, problems } = disk.table;
  if (gpt === undefined) {
    const promised = problems.find(({ code }) => code === 'gpt-primary-damaged');
    if (promised === undefined) return [whole.notApplicable('no GPT'), place.notApplicable('no GPT')];
    return [whole.failing('no copy', promised.message, { advice: TESTDISK }), place.notApplicable('no GPT')];
  }
  const last = Math.floor(disk.reader.sizeBytes / sectorBytes) - 1;
  const at = gpt.backupStartBytes / sectorBytes;
  const misplaced = problems.find(({ code }) => code === 'gpt-backup-misplaced');
  const damaged = problems.filter(({ code }) =>
    ['gpt-primary-damaged', 'gpt-backup-damaged', 'gpt-entries-damaged', 'gpt-copies-differ'].includes(code),
  );
  const protective = problems.find(({ code }) => code === 'no-protective-mbr');
  const [first] = damaged;
  const remedy =
    first !== undefined || misplaced !== undefined || protective !== undefined
      ? await moveRemedy(context)
      : {};
  const findings: Finding[] = [];
  if (first !== undefined) {
    const read = !gpt.primaryValid
      ? gpt.backupValid
        ? 'the first is damaged'
        : 'none is whole'
      : gpt.backupValid
        ? 'they differ'
        : 'the second is damaged';
    const isLost = !gpt.primaryValid && !gpt.backupValid;
    const isOneLeft = gpt.primaryValid !== gpt.backupValid;
    const outcome = isLost ? ' Windows finds nothing on this disk.' : isOneLeft ? ' One copy is left.' : '';
    const meaning = `${first.message}${outcome}`;
    const position = first.position ?? sectorBytes;
    findings.push(
      isLost
        ? whole.failing(read, meaning, { position, ...remedy })
        : whole.warning(read, meaning, { position, ...(isOneLeft ? remedy : { advice: COMPARE }) }),
    );
  } else if (protective !== undefined) {
    findings.push(whole.failing('no protective MBR', protective.message, { position: 0, ...remedy }));
  } else findings.push(whole.ok('both whole'));
  if (misplaced === undefined) findings.push(place.ok(`sector ${at}`));
  else {
    const meaning = `${misplaced.message} Windows does not use the rest, and has no second copy where it looks for one.`;
    const check = new Check('G2', undefined, `sector ${last}`);
    findings.push(check.warning(`sector ${at}`, meaning, { position: gpt.backupStartBytes, ...remedy }));
  }
  return findings;
}

/** Which of two whole copies is the right one is not beyond doubt. */
const COMPARE = 'Compare the two in gdisk before one is written over the other.';
const TESTDISK = 'TestDisk can search for lost partitions.';

async function moveRemedy({ disk }: CheckContext): Promise<Partial<Remedy>> {
  const { sectorBytes, gpt } = disk.table;
  const sizes = [sectorBytes, ...SECTOR_SIZES.filter((size) => size !== sectorBytes)];
  // Where the second copy was found is where the disk ended when the table was made.
  const tableBytes = gpt?.backupValid ? gpt.backupStartBytes + sectorBytes : disk.reader.sizeBytes;
  const move = await moveGpt(disk.reader, tableBytes, sizes);
  if (move === undefined) return { advice: TESTDISK };
  if (move.obstacle !== undefined) return { advice: move.obstacle };
  const pieces = move.pieces.map((piece) => ({ ...piece, what: whatOf(piece.start, sectorBytes) }));
  return { fix: byteFix('Writes both copies of the table for this disk.', 'medium', pieces) };
}

function whatOf(start: number, sectorBytes: number): string {
  if (start === 0) return 'protective MBR';
  return start < 34 * sectorBytes ? 'first copy of the GPT' : 'second copy of the GPT';
}

/** G4: the types and flags of the partitions that Windows needs. */
export async function checkGptTypes(context: CheckContext): Promise<Finding[]> {
  const { system } = context;
  const check = new Check('G4', undefined, 'one EFI system partition');
  if (system.platform !== 'uefi') return [check.notApplicable('no GPT')];
  const findings: Finding[] = [];
  const [esp, ...more] = system.esps;
  if (esp === undefined)
    findings.push(check.failing('none', 'UEFI finds no partition to start from.', await espRemedy(context)));
  else if (more.length === 0) findings.push(check.ok(partName(esp)));
  else {
    const meaning = 'Which of them the firmware starts from is not certain.';
    const numbers = system.esps.map(({ number }) => number).join(', ');
    findings.push(
      check.warning(`partitions ${numbers}`, meaning, {
        advice: 'Give those that are not used another type.',
      }),
    );
  }
  for (const install of system.installs) {
    const { partition, number } = install.part;
    if (partition === undefined || number === undefined || !isNtfs(install.part)) continue;
    const own = new Check('G4', number, 'basic data, not hidden');
    const isHidden = partition.flags.includes('hidden');
    const lacksLetter = partition.flags.includes('no drive letter');
    const isBasic = partition.type === TYPE.BASIC_DATA;
    if (isBasic && !isHidden && !lacksLetter) {
      findings.push(own.ok('basic data'));
      continue;
    }
    const read = isBasic ? (isHidden ? 'hidden' : 'no drive letter') : (partition.typeName ?? partition.type);
    const meaning = `Windows does not give ${partName(install.part)} a letter.`;
    const fix = await editFix(
      context,
      `Makes ${partName(install.part)} basic data that is not hidden.`,
      (editor) => {
        editor.setType(number, TYPE.BASIC_DATA);
        editor.setFlag(number, HIDDEN_BIT, false);
        editor.setFlag(number, NO_LETTER_BIT, false);
      },
    );
    findings.push(own.failing(read, meaning, fix));
  }
  return findings;
}

/** The only FAT partition that holds the files of UEFI is the one that lost its type. */
async function espRemedy(context: CheckContext): Promise<Partial<Remedy>> {
  const likely = [];
  for (const part of context.disk.parts) {
    if (part.content.kind !== 'fat') continue;
    const folder = await part.content.files.find('EFI');
    if (typeof folder !== 'string' && folder.isFolder) likely.push(part);
  }
  const [only, ...more] = likely;
  const number = only?.number;
  if (only === undefined || number === undefined || more.length > 0) {
    return {
      advice: 'Make a FAT32 partition of 100 MiB of that type (sgdisk -n 0:0:+100M -t 0:EF00), then see E1.',
    };
  }
  return editFix(context, `Makes ${partName(only)} the EFI system partition.`, (editor) =>
    editor.setType(number, TYPE.ESP),
  );
}

async function editFix(
  { disk }: CheckContext,
  does: string,
  edit: Parameters<typeof editGpt>[2],
): Promise<{ fix: Fix } | { advice: string }> {
  const pieces = await editGpt(disk.reader, [disk.table.sectorBytes], edit);
  if (typeof pieces === 'string') return { advice: pieces };
  const named = pieces.map((piece) => ({ ...piece, what: whatOf(piece.start, disk.table.sectorBytes) }));
  return { fix: byteFix(does, 'low', named) };
}
