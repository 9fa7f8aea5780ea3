import type { Disk, Machine, Partition } from '../../src/probe/machine.ts';
import type { Use } from '../../src/probe/use.ts';

const FREE: Use = { mountPoints: [], holders: [], system: false, checked: true };

const TRAFFIC = { reads: 12, readBytes: 300_000, writes: 0, writtenBytes: 0, inFlight: 0, busyMs: 4 };

function disk(fields: Partial<Disk> & Pick<Disk, 'name' | 'sizeBytes'>): Disk {
  return {
    path: `/dev/${fields.name}`,
    majorMinor: `8:${fields.name.charCodeAt(2)}`,
    kind: 'disk',
    logicalSectorBytes: 512,
    physicalSectorBytes: 4096,
    rotational: true,
    removable: false,
    readOnly: false,
    state: { kind: 'answering' },
    touched: { reads: 7, bytes: 102_400, failed: 0, slow: 0 },
    looks: 1,
    outdated: false,
    traffic: TRAFFIC,
    partitions: [],
    health: { state: 'known', verdict: 'good', reasons: [], figures: [], temperatureC: 38 },
    use: FREE,
    settled: true,
    ...fields,
  };
}

const partition = (
  fields: Partial<Partition> & Pick<Partition, 'number' | 'name' | 'sizeBytes'>,
): Partition => ({
  path: `/dev/${fields.name}`,
  startBytes: 1 << 20,
  extended: false,
  active: false,
  readOnly: false,
  use: FREE,
  ...fields,
});

const TB = 1e12;

/** A machine with a dying disk, a healthy one, the system's own, one that hangs and one with nasty names. */
export function madeUpMachine(nowMs: number = Date.now()): Machine {
  const failing = {
    code: 'pending-sectors',
    verdict: 'failing' as const,
    message: '312 sectors could not be read and wait to be replaced: the disk is failing.',
    advice: 'Save it now.',
  };
  return {
    takenMs: nowMs,
    host: {
      maker: 'Dell Inc.',
      model: 'OptiPlex 7050',
      firmware: { kind: 'uefi', version: '1.24', secureBoot: true },
      processor: 'Intel Core i5-7500',
      processorCores: 4,
      memoryBytes: 8.2e9,
      memoryFreeBytes: 7.7e9,
    },
    disks: [
      disk({
        name: 'sda',
        sizeBytes: TB,
        model: 'WDC WD10EZEX-08WN4A0',
        serial: 'WD-WCC6Y7T2K9P1',
        transport: 'sata',
        health: {
          state: 'known',
          verdict: 'failing',
          reasons: [failing],
          figures: [
            { name: 'Reallocated_Sector_Ct', id: 5, value: 1984 },
            { name: 'Current_Pending_Sector', id: 197, value: 312 },
            { name: 'Offline_Uncorrectable', id: 198, value: 87 },
          ],
          temperatureC: 52,
          powerOnHours: 41_220,
        },
        table: { kind: 'mbr', problems: [] },
        partitions: [
          partition({
            number: 1,
            name: 'sda1',
            sizeBytes: 5e8,
            content: { kind: 'ntfs', label: 'System', dirty: true, usedBytes: 3e7 },
          }),
          partition({
            number: 2,
            name: 'sda2',
            sizeBytes: TB - 6e8,
            content: {
              kind: 'ntfs',
              label: 'Windows',
              dirty: true,
              hibernated: true,
              usedBytes: 4e11,
              blockBytes: 4096,
              uuid: '7C1E22F07C1E22F0',
            },
          }),
        ],
      }),
      disk({
        name: 'nvme0n1',
        sizeBytes: 2 * TB,
        model: 'Samsung SSD 980 PRO with a name that is longer than any column',
        serial: 'S5GXNX0R51422',
        transport: 'nvme',
        rotational: false,
        partitions: [
          partition({
            number: 1,
            name: 'nvme0n1p1',
            sizeBytes: 2 * TB - 1e6,
            content: { kind: 'exfat', label: '日本語\u001b[2Jbackup\u202e' },
            use: { ...FREE, mountPoints: ['/mnt/backup'] },
          }),
        ],
      }),
      disk({
        name: 'sdb',
        sizeBytes: 3.2e10,
        model: 'SanDisk Ultra',
        transport: 'usb',
        removable: true,
        use: { ...FREE, system: true, mountPoints: ['/'] },
      }),
      disk({
        name: 'sdc',
        sizeBytes: 5e11,
        state: { kind: 'waiting', sinceMs: nowMs - 34_000 },
        health: { state: 'asking', verdict: 'unknown', reasons: [], figures: [] },
        settled: false,
      }),
      disk({
        name: 'sde',
        sizeBytes: 4 * TB,
        model: 'Elements 2621',
        serial: '575834314535',
        transport: 'usb',
        partitions: [
          partition({
            number: 1,
            name: 'sde1',
            sizeBytes: 4 * TB - 2e6,
            content: {
              kind: 'ntfs',
              label: 'Backup',
              dirty: false,
              usedBytes: 6.4e11,
              totalBytes: 4 * TB - 2e6,
            },
          }),
          partition({
            number: 2,
            name: 'sde2',
            sizeBytes: 1.2e12,
            content: { kind: 'ntfs', label: 'Old laptop', dirty: true, usedBytes: 1e11, totalBytes: 1.2e12 },
          }),
        ],
      }),
      disk({ name: 'sdd', sizeBytes: 5e11, state: { kind: 'gone', sinceMs: nowMs } }),
    ],
  };
}
