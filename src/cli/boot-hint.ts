import { bootHint } from '../jobs/boot/boot-hint.ts';
import { verdictLine } from '../telling/boot-lines.ts';
import { wrapText } from '../text/wrap.ts';

const WIDTH = 78;

/**
 * What is worth knowing of a disk that was just written: whether Windows will boot from it, in two or three lines. None
 * for files, and for disks without a Windows. `isWholeDisk`: the disk that it was made from has the same numbers.
 */
export async function bootHintLines(path: string, isWholeDisk: boolean): Promise<string[]> {
  const hint = await bootHint(path);
  if (hint === undefined || hint.verdict === 'no-windows') return [];
  const { disk, verdict, findings } = hint;
  const unplug = isWholeDisk ? ' Unplug the old disk before the first start from the new one.' : '';
  const more = verdict === 'boots' ? 'More about it:' : 'See what, and fix it:';
  return [
    '',
    ...wrapText(verdictLine(verdict, findings) + unplug, WIDTH),
    `${more} lifeboat bootcheck ${disk}`,
  ];
}
