import { type BootDisk, type BootPart, isNtfs, partName } from '../boot-disk.ts';
import { TYPE } from '../boot-system.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding } from '../finding.ts';
import { byteFix, type Fix } from '../fix.ts';
import { ENTRY_FIELD, findTableEntry } from '../table-entry.ts';

const RECOVERY = '27';

/** N0: whether Windows sees its partitions of an MBR. */
export async function checkTypes({ disk, system }: CheckContext): Promise<Finding[]> {
  if (system.platform !== 'bios') {
    const why = system.platform === 'uefi' ? 'a GPT has other types (G4)' : 'a volume without a table';
    return [new Check('N0', undefined, 'type 07').notApplicable(why)];
  }
  const findings: Finding[] = [];
  for (const part of disk.parts.filter(isNtfs)) {
    const check = new Check('N0', part.number, 'type 07');
    const type = part.partition?.type ?? '';
    const isNeeded = system.bootPart === part || system.installs.some((one) => one.part === part);
    if (type === TYPE.NTFS) findings.push(check.ok(type));
    else if (!isNeeded && type === RECOVERY) findings.push(check.ok('27, for recovery'));
    else {
      const meaning = `With this type Windows does not show ${partName(part)}, and gives it no letter.`;
      const fix = await typeFix(disk, part);
      const read = type.toUpperCase();
      findings.push(
        isNeeded
          ? check.failing(read, meaning, fix && { fix })
          : check.warning(read, meaning, fix && { fix }),
      );
    }
  }
  return findings;
}

async function typeFix(disk: BootDisk, part: BootPart): Promise<Fix | undefined> {
  const entry = part.partition && (await findTableEntry(disk, part.partition));
  if (entry === undefined) return undefined;
  const at = ENTRY_FIELD.TYPE;
  const piece = {
    start: entry.start + at,
    before: entry.bytes.slice(at, at + 1),
    after: Uint8Array.of(0x07),
    what: `type of ${partName(part)} in the table`,
  };
  return byteFix(`Sets the type of ${partName(part)} to 07.`, 'low', [piece]);
}
