import { u16, u32 } from '../../ntfs/little-endian.ts';
import { buildStore } from '../bcd-build.ts';
import { type BootDisk, type BootPart, filesOf, partName, volumePlace } from '../boot-disk.ts';
import { memoryContent } from '../content.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { type FileStep, fileFix } from '../fix.ts';
import { isThere, type PartFile, type PartFiles } from '../part-files.ts';
import { STORE_PATHS } from '../stores.ts';
import { whyNotChanged } from '../volume-state.ts';

export const MANAGER = 'EFI/Microsoft/Boot/bootmgfw.efi';
const HOME = 'EFI/Microsoft/Boot';
const BCDBOOT = 'Windows does it with bcdboot C:\\Windows /s S: /f UEFI from its installation medium.';
/** What is copied with the loader: its languages and letters. */
const MOST_FILES = 400;

/** By the sort of processor that a loader is made for, as its own header tells. */
const FALLBACKS: ReadonlyMap<number, string> = new Map([
  [0x8664, 'bootx64.efi'],
  [0xaa64, 'bootaa64.efi'],
  [0x014c, 'bootia32.efi'],
]);

/** E1 and E2: the files that UEFI starts. */
export async function checkEsp(context: CheckContext): Promise<Finding[]> {
  const { system } = context;
  if (system.platform !== 'uefi') {
    const why = 'no GPT';
    return [
      new Check('E1', undefined, 'its files').notApplicable(why),
      new Check('E2', undefined, 'a loader').notApplicable(why),
    ];
  }
  const findings: Finding[] = [];
  for (const esp of system.esps) {
    const check = new Check('E1', esp.number, 'bootmgfw.efi and BCD');
    const files = filesOf(esp);
    if (files === undefined || esp.content.kind !== 'fat') {
      const meaning = `${partName(esp)} holds no FAT file system that could be read: UEFI starts nothing from it.`;
      findings.push(
        check.failing('no FAT', capital(meaning), {
          advice: `Format it (mkfs.vfat -F 32), then fix E1. ${BCDBOOT}`,
        }),
      );
      continue;
    }
    findings.push(
      await checkFiles(context, esp, files, check),
      await checkFallback(context.disk, esp, files),
    );
  }
  return findings;
}

async function checkFiles(
  context: CheckContext,
  esp: BootPart,
  files: PartFiles,
  check: Check,
): Promise<Finding> {
  const missing: string[] = [];
  for (const path of [MANAGER, STORE_PATHS.uefi]) if (!isThere(await files.find(path))) missing.push(path);
  if (missing.length === 0) return check.ok('both there');
  const names = missing.map((path) => path.split('/').at(-1));
  const hasWindows = context.system.installs.length > 0;
  const read = `${names.join(' and ')} missing`;
  const meaning = `\\${missing[0]?.replaceAll('/', '\\')} is not there: UEFI has no Windows to start.`;
  const remedy = hasWindows
    ? await filesRemedy(context, esp, files, missing)
    : { advice: 'There is no Windows on this disk that could be started.' };
  return check.failing(read, meaning, remedy);
}

async function filesRemedy(
  context: CheckContext,
  esp: BootPart,
  files: PartFiles,
  missing: readonly string[],
): Promise<Partial<Remedy>> {
  const obstacle = await whyNotChanged(context.disk, esp, true);
  if (obstacle !== undefined) return { advice: `Nothing is written to it: ${obstacle}.` };
  const steps: FileStep[] = [];
  const told: string[] = [];
  if (missing.includes(MANAGER)) {
    const copied = await loaderSteps(context, files);
    if (typeof copied === 'string') return { advice: `${copied} ${BCDBOOT}` };
    steps.push(...copied.steps);
    told.push(`copies ${copied.steps.length} files from ${copied.from}`);
  }
  if (missing.includes(STORE_PATHS.uefi)) {
    const store = await buildStore(context, esp, 'uefi');
    if (typeof store === 'string') return { advice: `${store} ${BCDBOOT}` };
    steps.push({ do: 'write', path: STORE_PATHS.uefi, content: memoryContent(store.bytes) });
    told.push(`builds a boot store (${store.from})`);
  }
  const does = `${capital(told.join(', and '))}.`;
  return { fix: fileFix(does, 'medium', { ...volumePlace(esp), steps }) };
}

/** The files of \Windows\Boot\EFI that are not on the partition yet. */
async function loaderSteps(
  { system }: CheckContext,
  there: PartFiles,
): Promise<{ steps: FileStep[]; from: string } | string> {
  let reason = 'There is no \\Windows\\Boot\\EFI on this disk.';
  for (const { part, folder } of system.installs) {
    const files = filesOf(part);
    if (files === undefined) continue;
    const steps: FileStep[] = [];
    const from = `${folder}/Boot/EFI`;
    const manager = await files.find(`${from}/bootmgfw.efi`);
    if (!isThere(manager)) continue;
    if (manager.closed !== undefined) {
      reason = `${manager.path} cannot be read: ${manager.closed}.`;
      continue;
    }
    for (const [path, file] of await filesBelow(files, from)) {
      const target = `${HOME}/${path}`;
      if (file.closed === undefined && !isThere(await there.find(target))) {
        steps.push({ do: 'write', path: target, content: file.content });
      }
    }
    return { steps, from: `\\${from.replaceAll('/', '\\')}` };
  }
  return reason;
}

/** Files of a folder and of the folders in it, by their paths from there. */
async function filesBelow(files: PartFiles, folder: string): Promise<[string, PartFile][]> {
  const found: [string, PartFile][] = [];
  const names = await files.names(folder);
  const below = names.filter((name) => name.endsWith('/'));
  const inner: string[] = [];
  for (const name of below)
    inner.push(...(await files.names(`${folder}/${name}`)).map((each) => `${name}${each}`));
  for (const name of [...names, ...inner].filter((each) => !each.endsWith('/')).slice(0, MOST_FILES)) {
    const file = await files.find(`${folder}/${name}`);
    if (isThere(file) && !file.isFolder) found.push([name, file]);
  }
  return found;
}

async function checkFallback(disk: BootDisk, esp: BootPart, files: PartFiles): Promise<Finding> {
  const manager = await files.find(MANAGER);
  const name = (isThere(manager) && (await processorName(manager))) || 'bootx64.efi';
  const path = `EFI/Boot/${name}`;
  const check = new Check('E2', esp.number, `\\EFI\\Boot\\${name}`);
  if (isThere(await files.find(path))) return check.ok('there');
  const meaning = 'A computer whose firmware does not know this disk, or has forgotten it, starts nothing.';
  if (!isThere(manager) || manager.closed !== undefined) {
    return check.warning('missing', meaning, { advice: 'First E1: bootmgfw.efi is not there to be copied.' });
  }
  const obstacle = await whyNotChanged(disk, esp, true);
  if (obstacle !== undefined) {
    return check.warning('missing', meaning, { advice: `Nothing is written to it: ${obstacle}.` });
  }
  const steps: FileStep[] = [{ do: 'write', path, content: manager.content }];
  const fix = fileFix(`Copies bootmgfw.efi to \\EFI\\Boot\\${name}.`, 'low', { ...volumePlace(esp), steps });
  return check.warning('missing', meaning, { fix });
}

/** The name of last resort for the processor that a loader is made for; undefined when its header cannot be read. */
async function processorName({ content }: PartFile): Promise<string | undefined> {
  const { bytes } = await content.read(0, Math.min(1024, content.sizeBytes));
  const header = u32(bytes, 0x3c);
  if (header + 6 > bytes.length || u32(bytes, header) !== 0x4550) return undefined;
  return FALLBACKS.get(u16(bytes, header + 4));
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
