import { readFile } from 'node:fs/promises';
import { errnoName } from '../block/errno.ts';
import { countHiddenDisks } from './hidden-disks.ts';

/** The machine itself. What it does not tell is left out. */
export interface HostFacts {
  readonly maker?: string;
  readonly model?: string;
  readonly firmware: {
    readonly kind: 'uefi' | 'bios';
    readonly version?: string;
    /** Undefined where it cannot be told. */
    readonly secureBoot?: boolean;
  };
  readonly processor?: string;
  readonly processorCores?: number;
  readonly memoryBytes: number;
  readonly memoryFreeBytes: number;
  /** On mains; undefined for a machine that does not tell. */
  readonly onMains?: boolean;
  /** Charge of the battery in percent; undefined without a battery. */
  readonly batteryPercent?: number;
  /** NVMe disks that the firmware hides from every system but its own driver; left out when there are none. */
  readonly hiddenDisks?: number;
}

/** The variable that tells of Secure Boot: four bytes of attributes, then the value (UEFI specification, 3.3). */
const SECURE_BOOT = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';

/**
 * Asks the machine about itself. No disk is touched. `before` is an earlier answer: then only what changes is asked
 * for again: memory, battery, and what a driver that came later has found hidden.
 */
export async function readHostFacts(before?: HostFacts): Promise<HostFacts> {
  // Loaded when it is needed: the processes that look at disks do without.
  const { default: system } = await import('systeminformation');
  const [lasting, memory, battery, hiddenDisks] = await Promise.all([
    before ?? readLastingFacts(),
    system.mem(),
    system.battery(),
    countHiddenDisks(),
  ]);
  return {
    ...lasting,
    memoryBytes: memory.total,
    memoryFreeBytes: memory.available,
    ...(battery.hasBattery && { onMains: battery.acConnected, batteryPercent: battery.percent }),
    ...(hiddenDisks > 0 && { hiddenDisks }),
  };
}

type LastingFacts = Omit<
  HostFacts,
  'memoryBytes' | 'memoryFreeBytes' | 'onMains' | 'batteryPercent' | 'hiddenDisks'
>;

async function readLastingFacts(): Promise<LastingFacts> {
  const { default: system } = await import('systeminformation');
  const [machine, bios, cpu] = await Promise.all([system.system(), system.bios(), system.cpu()]);
  const isUefi = (await readIfThere('/sys/firmware/efi/fw_platform_size')) !== undefined;
  const secureBoot = isUefi ? (await readIfThere(SECURE_BOOT))?.at(4) : undefined;
  const maker = told(machine.manufacturer);
  const model = told(machine.model);
  const version = told(bios.version);
  const processor = told(`${cpu.manufacturer} ${cpu.brand}`);
  return {
    ...(maker !== undefined && { maker }),
    ...(model !== undefined && { model }),
    firmware: {
      kind: isUefi ? 'uefi' : 'bios',
      ...(version !== undefined && { version }),
      ...(secureBoot !== undefined && { secureBoot: secureBoot === 1 }),
    },
    ...(processor !== undefined && { processor }),
    ...(cpu.physicalCores > 0 && { processorCores: cpu.physicalCores }),
  };
}

/** Firmware that was never filled in says so in many ways. */
function told(text: string): string | undefined {
  const clean = text.trim();
  return clean === '' || /^(?:to be filled|default string|not specified|unknown|none|-)/i.test(clean)
    ? undefined
    : clean;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}
