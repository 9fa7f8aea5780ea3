import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { buildStore } from '../bcd-build.ts';
import { type BootPart, filesOf, partName, volumePlace } from '../boot-disk.ts';
import { newBootIni } from '../boot-ini-text.ts';
import { type LoaderKind, loaderOf } from '../boot-system.ts';
import { memoryContent } from '../content.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { type FileStep, fileFix } from '../fix.ts';
import { isThere, type PartFile } from '../part-files.ts';
import { whyNotChanged } from '../volume-state.ts';

const NEEDED: Readonly<Record<LoaderKind, readonly string[]>> = {
  bootmgr: ['bootmgr', 'Boot/BCD'],
  ntldr: ['NTLDR', 'NTDETECT.COM', 'boot.ini'],
};

/** Where Windows keeps a second copy of a file of its loader, below its own folder. */
const SPARES: Readonly<Record<string, string>> = {
  bootmgr: 'Boot/PCAT/bootmgr',
  NTLDR: 'ServicePackFiles/i386/ntldr',
  'NTDETECT.COM': 'ServicePackFiles/i386/ntdetect.com',
};

/** Loaders are below one MiB. */
const MOST_LOADER_BYTES = 2 ** 24;

interface Wrong {
  readonly name: string;
  readonly file: PartFile | undefined;
  /** `missing`, `compressed`. */
  readonly how: string;
}

/** F1: the files that the loader on the active partition is made of. */
export async function checkLoaderFiles(context: CheckContext): Promise<Finding[]> {
  const { system } = context;
  if (system.platform === 'uefi') {
    return [new Check('F1', undefined, 'a loader').notApplicable('UEFI has its own (E1)')];
  }
  const part = system.bootPart;
  const files = part && filesOf(part);
  const kind = part && loaderOf(system, part);
  if (part === undefined || files === undefined || kind === undefined) {
    if (system.platform === 'volume')
      return [new Check('F1', undefined, 'a loader').notApplicable('no loader, and no Windows')];
    const meaning = 'Neither bootmgr nor NTLDR was found on a partition that could be started.';
    return [new Check('F1', undefined, 'bootmgr or NTLDR').failing('no loader', meaning, { advice: ADVICE })];
  }
  const check = new Check('F1', part.number, NEEDED[kind].join(', '));
  const wrong: Wrong[] = [];
  for (const name of NEEDED[kind]) {
    const found = await files.find(name);
    if (found === 'lost') {
      const meaning = `A folder of ${partName(part)} is damaged, so nobody can tell whether ${name} is there.`;
      return [check.unknown('folder damaged', meaning)];
    }
    if (found === 'missing') wrong.push({ name, file: undefined, how: 'missing' });
    else if (found.wrappings.length > 0)
      wrong.push({ name, file: found, how: found.wrappings.join(' and ') });
    else if (found.closed !== undefined) wrong.push({ name, file: found, how: 'unreadable' });
  }
  const [first, ...more] = wrong;
  if (first === undefined) return [check.ok(NEEDED[kind].join(', '))];
  const read = more.length === 0 ? `${first.name} ${first.how}` : `${wrong.length} of them wrong`;
  return [check.failing(read, meaningOf(wrong), await remedyOf(context, part, wrong))];
}

const ADVICE =
  'Windows copies its loader with bcdboot C:\\Windows /s C: (from its installation medium), and makes the store anew.';

function meaningOf(wrong: readonly Wrong[]): string {
  const list = wrong.map(({ name, how }) => `${name} is ${how}`).join(', ');
  const isWrapped = wrong.some(({ how }) => how.includes('compressed'));
  return `${list}. ${isWrapped ? 'The loader cannot read that: "BOOTMGR is compressed" or the like.' : 'The start ends with a message that it is missing.'}`;
}

async function remedyOf(
  context: CheckContext,
  part: BootPart,
  wrong: readonly Wrong[],
): Promise<Partial<Remedy>> {
  const obstacle = await whyNotChanged(context.disk, part, true);
  if (obstacle !== undefined) return { advice: `It cannot be mended: ${obstacle}.` };
  const steps: FileStep[] = [];
  const sources: string[] = [];
  for (const one of wrong) {
    const content = await contentFor(context, part, one);
    if (typeof content === 'string') return { advice: `${content} ${ADVICE}` };
    steps.push({ do: 'write', path: one.file?.path ?? one.name, content: content.bytes });
    sources.push(content.from);
  }
  const isLow = wrong.every(({ file }) => file !== undefined);
  const does = `Writes ${wrong.map(({ name }, i) => `${name} (${sources[i]})`).join(', ')}.`;
  return { fix: fileFix(does, isLow ? 'low' : 'medium', { ...volumePlace(part), steps }) };
}

/** What a file is to hold, and where that is from; a sentence when nobody knows. */
async function contentFor(
  context: CheckContext,
  part: BootPart,
  { name, file }: Wrong,
): Promise<{ bytes: VolumeReader; from: string } | string> {
  if (file !== undefined) {
    if (file.closed !== undefined) return `${name} cannot be read: ${file.closed}.`;
    const { bytes, holes } = await file.content.read(0, Math.min(MOST_LOADER_BYTES, file.content.sizeBytes));
    if (holes.length > 0) return `A part of ${name} cannot be read.`;
    return { bytes: memoryContent(bytes), from: 'as it is, not compressed' };
  }
  if (name === 'Boot/BCD') {
    const store = await buildStore(context, part, 'bios');
    return typeof store === 'string' ? store : { bytes: memoryContent(store.bytes), from: store.from };
  }
  const old = context.system.installs.filter(({ kind }) => kind === 'ntldr');
  const [only] = old;
  const made =
    name === 'boot.ini' && only !== undefined && old.length === 1 ? newBootIni(context, only) : undefined;
  if (made !== undefined) return { bytes: memoryContent(made), from: `new, for \\${only?.folder}` };
  const spare = SPARES[name];
  for (const { part: home, folder } of spare === undefined ? [] : context.system.installs) {
    const found = await filesOf(home)?.find(`${folder}/${spare}`);
    if (found === undefined || !isThere(found) || found.closed !== undefined) continue;
    return { bytes: found.content, from: `from ${folder}\\${spare?.replaceAll('/', '\\')}` };
  }
  return `There is no copy of ${name} on this disk.`;
}
