import { u32 } from '../../ntfs/little-endian.ts';
import { HiveError } from '../../registry/error.ts';
import type { HiveKey } from '../../registry/key.ts';
import { type HiveValue, VALUE_TYPE } from '../../registry/value.ts';
import type { WindowsInstall } from '../boot-system.ts';
import type { CheckContext } from '../context.ts';
import { type FileEdit, filePieces } from '../file-pieces.ts';
import { Check, type Finding } from '../finding.ts';
import { byteFix } from '../fix.ts';
import { littleEndian32 } from '../hex.ts';
import { isHive } from '../hive-file.ts';
import { inHive } from '../stores.ts';
import { systemHive } from '../system-hive.ts';

/** Drivers of Windows itself, and of makers, for the controllers of its disks. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  nvme: ['stornvme'],
  sata: [
    'storahci',
    'msahci',
    'iaStorV',
    'iaStorAV',
    'iaStorVD',
    'iaStorAC',
    'amdsata',
    'atapi',
    'intelide',
    'pciide',
  ],
};
const ALL = [...new Set(Object.values(DRIVERS).flat())];
/** Only one that is loaded with the kernel can be there when its disk is needed. */
const AT_START = 0;

interface Driver {
  readonly name: string;
  /** What decides when it is loaded; all have to be 0. */
  readonly starts: readonly HiveValue[];
}

/** R2: whether Windows loads a driver for the controller of its disk. */
export async function checkDrivers(context: CheckContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const install of context.system.installs) findings.push(await checkInstall(context, install));
  return findings;
}

async function checkInstall(context: CheckContext, install: WindowsInstall): Promise<Finding> {
  const { transport } = context.attachment;
  const wanted = DRIVERS[transport ?? ''] ?? ALL;
  const isKnown = transport !== undefined && DRIVERS[transport] !== undefined;
  const check = new Check(
    'R2',
    install.part.number,
    isKnown ? `one for ${transport?.toUpperCase()} at the start` : 'one of them at the start',
  );
  const opened = await systemHive(install);
  if (!isHive(opened)) return check.unknown('see R1', opened.message);
  try {
    const drivers = await driversIn(opened.hive.root, wanted);
    const loaded = drivers.filter(isLoaded);
    if (loaded.length > 0)
      return check.ok(
        loaded
          .map(({ name }) => name)
          .slice(0, 3)
          .join(', '),
      );
    const there = drivers.filter(({ starts }) => starts.length > 0);
    const meaning = isKnown
      ? `This Windows loads no driver for ${transport?.toUpperCase()} disks when it starts: 0x7B (inaccessible boot device).`
      : 'This Windows loads none of the usual drivers when it starts; it may have one of its maker.';
    const [first] = there;
    if (first === undefined) return check.warning('none installed', meaning, { advice: INSTALL });
    const edits = first.starts.flatMap((value) => startEdits(first.name, value));
    const pieces =
      opened.unclean === undefined
        ? await filePieces(context.disk, install.part, opened.file, edits)
        : opened.unclean;
    if (typeof pieces === 'string')
      return check.warning(`${first.name} is not loaded`, meaning, {
        advice: `The registry is not written to: ${pieces}.`,
      });
    const fix = byteFix(`Has ${first.name} loaded at the start.`, 'medium', pieces, {
      beware: 'Only for another computer: on the old one nothing needs it.',
      onlyByName: true,
    });
    return check.warning(`${first.name} is not loaded`, meaning, { fix });
  } catch (error) {
    if (!(error instanceof HiveError)) throw error;
    return check.unknown('damaged', error.message);
  }
}

const INSTALL = 'Install the driver while Windows still runs on its old computer.';

const isLoaded = ({ starts }: Driver): boolean =>
  starts.length > 0 && starts.every(({ data }) => u32(data, 0) === AT_START);

async function driversIn(root: HiveKey, names: readonly string[]): Promise<Driver[]> {
  const select = await root.subkey('Select');
  const current = await select?.value('Current');
  const number = current === undefined ? 1 : u32(current.data, 0);
  const set = await root.subkey(`ControlSet${String(number).padStart(3, '0')}`);
  const services = await set?.subkey('Services');
  const found: Driver[] = [];
  const wanted = new Map(names.map((name) => [name.toLowerCase(), name]));
  for await (const key of services?.subkeys() ?? []) {
    const name = wanted.get(key.name.toLowerCase());
    if (name !== undefined) found.push({ name, starts: await startsOf(key) });
  }
  return names.flatMap((name) => found.filter((one) => one.name === name));
}

/** Windows 8 and later keep a value in `StartOverride` that wins over the usual one. */
async function startsOf(key: HiveKey): Promise<HiveValue[]> {
  const start = await key.value('Start');
  const override = await key.subkey('StartOverride');
  const winner = await override?.value('0');
  return [start, winner].filter(
    (value) => value !== undefined && value.type === VALUE_TYPE.DWORD && value.data.length === 4,
  ) as HiveValue[];
}

function startEdits(name: string, value: HiveValue): FileEdit[] {
  if (u32(value.data, 0) === AT_START) return [];
  return inHive(value, 0, littleEndian32(AT_START), `start of ${name} in the registry`);
}
