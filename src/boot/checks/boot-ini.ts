import { arcNumberOf, arcNumbers } from '../arc.ts';
import { type BootDisk, type BootPart, filesOf, partName, volumePlace } from '../boot-disk.ts';
import { type ArcPath, MOST_BOOT_INI_BYTES, parseBootIni, withNumbers } from '../boot-ini.ts';
import { memoryContent } from '../content.ts';
import type { CheckContext } from '../context.ts';
import { filePieces } from '../file-pieces.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { byteFix, fileFix } from '../fix.ts';
import { isThere, type PartFile, readWhole } from '../part-files.ts';
import { whyNotChanged } from '../volume-state.ts';

/** I1: whether boot.ini names partitions with a Windows on them. */
export async function checkBootIni(context: CheckContext): Promise<Finding[]> {
  const { disk, system } = context;
  const part = system.bootPart;
  const check = new Check('I1', part?.number, 'partitions with \\WINDOWS\\system32');
  const file = await filesOf(part ?? NOWHERE)?.find('boot.ini');
  if (part === undefined || file === undefined || file === 'missing') {
    return [new Check('I1', undefined, 'partitions with a Windows').notApplicable('there is no boot.ini')];
  }
  if (!isThere(file)) return [check.unknown('folder damaged', 'Whether there is a boot.ini cannot be told.')];
  const bytes = await readWhole(file, MOST_BOOT_INI_BYTES);
  if (typeof bytes === 'string') return [check.unknown('unreadable', `boot.ini cannot be read: ${bytes}.`)];
  const { paths, problem } = parseBootIni(bytes);
  const loader = system.loaders.find((one) => one.part === part);
  // Beside bootmgr it only matters for an older Windows in its menu.
  const isUsed = loader === undefined || loader.kinds.includes('ntldr');
  if (problem !== undefined) {
    const meaning = `NTLDR does not understand it: ${problem}. It then starts \\WINDOWS on the first partition.`;
    return [check.warning(problem, meaning, { advice: EDIT })];
  }
  if (system.platform === 'volume') {
    return [
      check.unknown(numbersText(paths), 'In the image of a volume nobody knows which number it will have.'),
    ];
  }
  const wrong = await wrongPaths(context, paths);
  const read = numbersText(paths);
  if (wrong.length === 0) return [otherDisk(context, check, paths, read)];
  const [first] = wrong;
  const at = arcNumbers(disk).get(first?.partition ?? 0);
  const where = at === undefined ? 'is not there' : `is ${partName(at)} of Linux, which has no such folder`;
  const meaning = `Line ${first?.line} names partition(${first?.partition}) with \\${first?.folder}; that ${where}: "hal.dll is missing or corrupt".`;
  const remedy = await remedyOf(context, part, file, bytes, wrong);
  return [isUsed ? check.failing(read, meaning, remedy) : check.warning(read, meaning, remedy)];
}

const NOWHERE = { content: { kind: 'other' } } as BootPart;
const EDIT = 'Edit it: lifeboat bootcheck DEVICE --edit.';

function numbersText(paths: readonly ArcPath[]): string {
  const numbers = [...new Set(paths.map(({ partition }) => partition))];
  return numbers.length === 1 ? `partition(${numbers[0]})` : numbers.map((number) => `(${number})`).join(' ');
}

/** Disks are counted by the BIOS: the one that it starts from is 0. Others are named by their signature. */
function otherDisk({ disk }: CheckContext, check: Check, paths: readonly ArcPath[], read: string): Finding {
  const signed = paths.find(({ signature }) => signature !== undefined && signature !== disk.table.diskId);
  if (signed !== undefined) {
    const meaning = `Line ${signed.line} names a disk by the signature ${signed.signature}; this one has ${disk.table.diskId ?? 'none'}.`;
    return check.warning(`${read}, signature(${signed.signature})`, meaning, { advice: EDIT });
  }
  const other = paths.find((path) => path.disk !== 0 && path.bus === 'multi');
  if (other === undefined) return check.ok(read);
  const meaning = `Line ${other.line} names the disk rdisk(${other.disk}); the disk that the BIOS starts from is rdisk(0).`;
  return check.warning(`${read}, rdisk(${other.disk})`, meaning, { advice: EDIT });
}

async function hasWindows(part: BootPart | undefined, folder: string): Promise<boolean> {
  const found = part && (await filesOf(part)?.find(`${folder}/system32`));
  return found !== undefined && isThere(found) && found.isFolder;
}

/** Paths on this disk that lead to no Windows. */
async function wrongPaths({ disk }: CheckContext, paths: readonly ArcPath[]): Promise<ArcPath[]> {
  const numbers = arcNumbers(disk);
  const wrong: ArcPath[] = [];
  for (const path of paths) {
    if (path.signature !== undefined && path.signature !== disk.table.diskId) continue;
    if (path.disk !== 0) continue;
    if (!(await hasWindows(numbers.get(path.partition), path.folder))) wrong.push(path);
  }
  return wrong;
}

async function remedyOf(
  { disk }: CheckContext,
  part: BootPart,
  file: PartFile,
  bytes: Uint8Array,
  wrong: readonly ArcPath[],
): Promise<Partial<Remedy>> {
  const numbers = new Map<ArcPath, number>();
  for (const path of wrong) {
    const right: BootPart[] = [];
    for (const candidate of arcNumbers(disk).values()) {
      if (await hasWindows(candidate, path.folder)) right.push(candidate);
    }
    const [only, ...more] = right;
    const number = only && arcNumberOf(disk, only);
    if (number === undefined)
      return { advice: `No partition of this disk has \\${path.folder}\\system32. ${EDIT}` };
    if (more.length > 0) {
      return {
        advice: `Several partitions have \\${path.folder}\\system32: ${right.map(partName).join(', ')}. ${EDIT}`,
      };
    }
    numbers.set(path, number);
  }
  const after = withNumbers(bytes, numbers);
  const does = `Writes partition(${[...new Set(numbers.values())].join('), partition(')}) into ${wrong.length === 1 ? 'the line' : `all ${wrong.length} lines`}.`;
  if (after.length !== bytes.length) return resized(disk, part, file, after, does);
  const edits = [...numbers].map(([{ digits, line }, number]) => ({
    offset: digits.start,
    after: Uint8Array.from(Buffer.from(String(number), 'latin1')),
    what: `line ${line} of boot.ini`,
  }));
  const pieces = await filePieces(disk, part, file, edits);
  if (typeof pieces !== 'string') return { fix: byteFix(does, 'low', pieces) };
  return resized(disk, part, file, after, does);
}

/** A file whose content cannot be replaced in its place is written by a driver. */
async function resized(
  disk: BootDisk,
  part: BootPart,
  file: PartFile,
  after: Uint8Array,
  does: string,
): Promise<Partial<Remedy>> {
  const obstacle = await whyNotChanged(disk, part, true);
  if (obstacle !== undefined) return { advice: `It cannot be changed: ${obstacle}.` };
  const steps = [{ do: 'overwrite', path: file.path, content: memoryContent(after) }] as const;
  return { fix: fileFix(does, 'low', { ...volumePlace(part), steps }) };
}
