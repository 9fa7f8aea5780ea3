import { guidText } from '../../partition/guid.ts';
import { diskSignature } from '../../partition/mbr.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { byteFix } from '../fix.ts';
import { littleEndian32 } from '../hex.ts';
import { namedSignatures, renumberGpt, renumberMbr } from '../renumber.ts';
import type { OtherDisk } from '../supplies.ts';

const SIGNATURE_AT = 0x1b8;

/** M3: the number of a disk with an MBR. */
export async function checkSignature(context: CheckContext): Promise<Finding[]> {
  const { disk, system, others } = context;
  const check = new Check('M3', undefined, 'a number of its own, not 0');
  if (system.platform !== 'bios') {
    return [
      check.notApplicable(system.platform === 'uefi' ? 'a GPT has GUIDs (G3)' : 'a volume without a table'),
    ];
  }
  if (disk.first === undefined)
    return [check.unknown('unreadable', 'The first sector of the disk cannot be read.')];
  const signature = diskSignature(disk.first);
  if (signature === undefined) return [await withoutSignature(context, check)];
  const twin = others?.disks.find(({ diskId }) => diskId === signature);
  if (twin === undefined) return [check.ok(withSilent(signature, context))];
  const meaning = `${twin.path} has the same number. Windows takes one of both offline, or gives it a new number and does not start from it any more.`;
  const fresh = freshSignature(context);
  const made = await renumberMbr(context, signature, fresh);
  return [
    check.warning(`${signature}, as ${twin.path}`, meaning, {
      position: SIGNATURE_AT,
      ...twinRemedy(made, twin),
    }),
  ];
}

function twinRemedy(made: Awaited<ReturnType<typeof renumberMbr>>, twin: OtherDisk): Partial<Remedy> {
  const unplug = `Unplug ${twin.path} before the first start from this disk: then nothing has to be changed.`;
  if (typeof made === 'string') return { advice: `${unplug} ${made}` };
  return { advice: unplug, fix: made };
}

async function withoutSignature(context: CheckContext, check: Check): Promise<Finding> {
  const { disk, others } = context;
  const before = disk.first?.slice(SIGNATURE_AT, SIGNATURE_AT + 4) ?? new Uint8Array(4);
  const named = await namedSignatures(context);
  const [old, ...more] = named;
  const isTaken = others?.disks.some(({ diskId }) => diskId === old);
  const isOld = old !== undefined && more.length === 0 && !isTaken;
  const signature = isOld ? old : freshSignature(context);
  const does = isOld
    ? `Writes ${signature}, by which boot store and letters name this disk.`
    : `Writes ${signature}, a new number.`;
  const after = littleEndian32(Number.parseInt(signature, 16));
  const piece = { start: SIGNATURE_AT, before, after, what: 'signature of the disk' };
  const fix = byteFix(does, isOld ? 'low' : 'medium', [piece]);
  const remedy = { position: SIGNATURE_AT, fix };
  const isLate = context.system.installs.some(({ kind }) => kind === 'bootmgr');
  return isLate
    ? check.failing('0', 'The boot store cannot name a disk without a number: 0xc000000e.', remedy)
    : check.warning('0', 'Windows gives it a number at the start, and other letters with it.', remedy);
}

function freshSignature({ supplies, others }: CheckContext): string {
  for (;;) {
    const number = new DataView(supplies.random(4).slice().buffer).getUint32(0, true);
    const text = number.toString(16).padStart(8, '0');
    if (number !== 0 && !others?.disks.some(({ diskId }) => diskId === text)) return text;
  }
}

/** G3: the GUIDs of a disk with a GPT, and of its partitions. */
export async function checkGuids(context: CheckContext): Promise<Finding[]> {
  const { disk, system, others } = context;
  const check = new Check('G3', undefined, 'GUIDs of its own');
  if (system.platform !== 'uefi') return [check.notApplicable('no GPT')];
  const diskId = disk.table.diskId?.toLowerCase();
  if (diskId === undefined)
    return [check.unknown('unreadable', 'The header with the GUID of the disk is lost (G1).')];
  const own = new Set(disk.table.partitions.map(({ guid }) => guid?.toLowerCase()));
  const twin = others?.disks.find(
    (other) => other.diskId === diskId || other.partitionIds.some((guid) => own.has(guid)),
  );
  if (own.size < disk.table.partitions.length) {
    const meaning =
      'Two partitions of this disk have the same GUID: which of them is meant is left to chance.';
    return [check.failing('two are the same', meaning, await fresh(context, ''))];
  }
  if (twin === undefined) return [check.ok(withSilent(diskId, context))];
  const meaning = `${twin.path} has the same GUIDs: Windows takes one of both offline, and the firmware may start the other one.`;
  const unplug = `Unplug ${twin.path} before the first start from this disk: then nothing has to be changed.`;
  return [check.warning(`as ${twin.path}`, meaning, await fresh(context, unplug))];
}

async function fresh(context: CheckContext, advice: string): Promise<Partial<Remedy>> {
  const { supplies, disk } = context;
  const guid = (): string => {
    const bytes = supplies.random(16).slice();
    bytes[7] = ((bytes[7] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return guidText(bytes, 0);
  };
  const partitions = new Map(disk.table.partitions.map(({ number }) => [number, guid()]));
  const made = await renumberGpt(context, guid(), partitions);
  if (typeof made === 'string') return { advice: `${advice} ${made}`.trim() };
  return advice === '' ? { fix: made } : { advice, fix: made };
}

/** A disk that did not answer may be the twin. */
function withSilent(text: string, { others }: CheckContext): string {
  const silent = others?.silent ?? [];
  return silent.length === 0 ? text : `${text} (${silent.join(', ')} not asked)`;
}
