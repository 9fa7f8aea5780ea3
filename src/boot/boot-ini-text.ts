import { bytesText } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { arcNumberOf, arcNumbers } from './arc.ts';
import { type BootPart, filesOf, partName } from './boot-disk.ts';
import type { WindowsInstall } from './boot-system.ts';
import type { CheckContext } from './context.ts';
import { isThere } from './part-files.ts';

/** Lines of help begin so; boot.ini itself knows no comments. */
const HELP = '# ';

/**
 * boot.ini as a person edits it: UTF-8, line feeds, and in front which number stands for which partition. Each byte
 * becomes one character, whatever code page it is of, so that every one that is not touched comes back as it was.
 */
export async function editableText(context: CheckContext, bytes: Uint8Array): Promise<string> {
  const help = [
    'boot.ini. Lines that begin with "# " are help, and are left out when it is written back.',
    'Partitions are not counted as Linux does:',
  ];
  for (const [number, part] of arcNumbers(context.disk)) {
    help.push(`  multi(0)disk(0)rdisk(0)partition(${number})  is ${partName(part)}, ${await describe(part)}`);
  }
  const text = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  return `${help.map((line) => HELP + line).join('\n')}\n${text}`;
}

async function describe(part: BootPart): Promise<string> {
  const parts = [bytesText(part.sizeBytes)];
  const files = filesOf(part);
  for (const folder of files === undefined
    ? []
    : (await files.names('')).filter((name) => name.endsWith('/'))) {
    const system = await files?.find(`${folder}system32`);
    if (system !== undefined && isThere(system)) parts.push(`with \\${safeText(folder.slice(0, -1))}`);
  }
  return parts.length === 1 ? `${parts[0]}, no Windows` : parts.join(', ');
}

/** The bytes of an edited text, with the line ends of the file `before`; a sentence when they cannot be had. */
export function editedBytes(text: string, before: Uint8Array): Uint8Array | string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .filter((line) => !line.startsWith(HELP) && line !== HELP.trim());
  const strange = lines.findIndex((line) => [...line].some((sign) => (sign.codePointAt(0) ?? 0) > 0xff));
  if (strange >= 0) {
    return `Line "${safeText(lines[strange] ?? '').slice(0, 40)}" has letters that the code page of this Windows does not have.`;
  }
  const isDos = before.length === 0 || before.includes(0x0d);
  return Uint8Array.from(Buffer.from(lines.join(isDos ? '\r\n' : '\n'), 'latin1'));
}

/** boot.ini made anew for a Windows; `undefined` when its partition has no number. */
export function newBootIni({ disk }: CheckContext, { part, folder }: WindowsInstall): Uint8Array | undefined {
  const number = arcNumberOf(disk, part);
  if (number === undefined) return undefined;
  const path = `multi(0)disk(0)rdisk(0)partition(${number})\\${folder}`;
  const lines = [
    '[boot loader]',
    'timeout=30',
    `default=${path}`,
    '[operating systems]',
    `${path}="Microsoft Windows" /fastdetect`,
    '',
  ];
  return Uint8Array.from(Buffer.from(lines.join('\r\n'), 'latin1'));
}
