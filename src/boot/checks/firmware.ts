import { filesOf } from '../boot-disk.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding } from '../finding.ts';
import { isThere } from '../part-files.ts';
import { MANAGER } from './esp.ts';

const LABEL = 'Windows Boot Manager';
const LOADER = '\\EFI\\Microsoft\\Boot\\bootmgfw.efi';

/** E3: whether the firmware of this computer knows the disk. */
export async function checkFirmware({ system, firmware, attachment }: CheckContext): Promise<Finding[]> {
  const check = new Check('E3', undefined, 'an entry for this disk');
  if (system.platform !== 'uefi') return [check.notApplicable('no GPT')];
  if (attachment.isImage) return [check.notApplicable('an image is not started')];
  if (firmware.kind === 'out-of-reach') {
    const meaning = `${firmware.why} Whether the computer that is to start from this disk knows it shows there; E2 makes up for it.`;
    return [check.unknown('out of reach', meaning)];
  }
  const findings: Finding[] = [];
  for (const esp of system.esps) {
    const { number, partition } = esp;
    if (number === undefined || partition?.guid === undefined) continue;
    const own = new Check('E3', number, 'an entry for this partition');
    const entry = firmware.entries.find(
      ({ partitionGuid }) => partitionGuid === partition.guid?.toLowerCase(),
    );
    if (entry !== undefined) {
      const read = `Boot${entry.number} "${entry.label}"`;
      findings.push(
        entry.active
          ? own.ok(read)
          : own.warning(`${read}, switched off`, 'The firmware passes it over.', {
              advice: `Switch it on: efibootmgr -a -b ${entry.number}`,
            }),
      );
      continue;
    }
    const meaning = 'This computer does not list the disk; it starts it by \\EFI\\Boot (E2), or not at all.';
    const manager = await filesOf(esp)?.find(MANAGER);
    if (manager === undefined || !isThere(manager)) {
      findings.push(own.warning('none', meaning, { advice: 'First E1: there is no bootmgfw.efi to start.' }));
      continue;
    }
    const fix = {
      does: `Adds "${LABEL}" to the firmware of this computer (efibootmgr).`,
      risk: 'low',
      beware: 'Some firmware forgets or doubles such entries.',
      onlyByName: false,
      change: { kind: 'firmware', partitionNumber: number, loader: LOADER, label: LABEL },
    } as const;
    findings.push(own.warning('none', meaning, { fix }));
  }
  return findings.length > 0 ? findings : [check.unknown('no EFI partition', 'See G4.')];
}
