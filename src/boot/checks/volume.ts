import { isNtfs, type NtfsPart, partName, volumePlace } from '../boot-disk.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding } from '../finding.ts';
import { fileFix } from '../fix.ts';
import { volumeState } from '../volume-state.ts';

/** X1: what is encrypted by BitLocker. */
export function checkBitlocker({ disk }: CheckContext): Finding[] {
  const locked = disk.parts.filter(({ content }) => content.kind === 'bitlocker');
  if (locked.length === 0) return [new Check('X1', undefined, 'not encrypted').ok('not encrypted')];
  return locked.map((part) =>
    new Check('X1', part.number, 'not encrypted').unknown(
      'encrypted by BitLocker',
      `What is in ${partName(part)} can be neither checked nor repaired here.`,
      {
        position: part.startBytes,
        advice:
          'Have the recovery key at hand: Windows asks for it when the start of the computer has changed.',
      },
    ),
  );
}

/** F2: in what state Windows has left its volumes. */
export async function checkState({ disk, system }: CheckContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const part of disk.parts.filter(isNtfs)) {
    const isNeeded = system.bootPart === part || system.installs.some((one) => one.part === part);
    if (!isNeeded && system.platform !== 'volume') continue;
    findings.push(await stateOf(part));
  }
  return findings;
}

async function stateOf(part: NtfsPart): Promise<Finding> {
  const check = new Check('F2', part.number, 'shut down, nothing waits');
  const { asleep, dirty, log } = await volumeState(part);
  if (asleep === undefined || log === 'unknown' || dirty === undefined) {
    return check.unknown('unreadable', `In what state Windows has left ${partName(part)} cannot be read.`);
  }
  if (asleep) {
    const meaning =
      'It goes on with what it had in memory, which ruins a volume that was changed meanwhile; on another computer it does not start at all.';
    const fix = fileFix(
      'Removes hiberfil.sys: Windows starts anew.',
      'medium',
      { ...volumePlace(part), steps: [{ do: 'wake' }] },
      { beware: 'What was open and not saved in the session that sleeps is lost.', onlyByName: true },
    );
    return check.warning('Windows sleeps', meaning, { fix });
  }
  if (log === 'unclean') {
    const meaning =
      'Windows makes the changes that wait in the log when it starts. Files cannot be mended before.';
    const fix = fileFix(
      'Empties the log, and has Windows check the volume when it starts.',
      'medium',
      { ...volumePlace(part), steps: [{ do: 'empty-log' }] },
      { beware: 'Changes that Windows had begun and not finished are lost.', onlyByName: true },
    );
    return check.warning('changes wait in the log', meaning, { fix });
  }
  if (dirty) {
    return check.warning('asks for a check', 'Windows will check the volume when it starts.', {
      advice: 'Let it: that is what the mark is for.',
    });
  }
  return check.ok('shut down, nothing waits');
}
