import type { Disk } from '../../probe/machine.ts';
import { bytesText, durationText, plural } from '../../text/quantity.ts';
import { wrapText } from '../../text/wrap.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';
import { WORDS } from '../words.ts';

/** What a disk says of itself, what that means, and what to do now. */
export function adviceLines(disk: Disk, width: number, nowMs: number): Line[] {
  const { health, state, touched } = disk;
  const [worst] = health.reasons;
  const tone: Tone = health.verdict === 'failing' ? 'bad' : health.verdict === 'worn' ? 'warn' : 'plain';
  const silent = state.kind === 'waiting' && nowMs - state.sinceMs > 2000;
  const says = silent
    ? WORDS.disks.silent(durationText((nowMs - state.sinceMs) / 1000))
    : (worst?.message ?? (health.state === 'asking' ? WORDS.disks.asking : WORDS.disks.nothingBad));
  return [
    ...paragraph(WORDS.disks.says, says, silent ? 'bad' : tone, width),
    ...paragraph(WORDS.disks.readSoFar, readText(touched), touched.failed > 0 ? 'warn' : 'plain', width),
    ...paragraph(WORDS.disks.todo, todoText(disk, silent), 'strong', width),
  ];
}

function readText({ bytes, reads, failed, slow }: Disk['touched']): string {
  const trouble = [
    failed > 0 ? `${plural(failed, 'read')} failed` : '',
    slow > 0 ? `${plural(slow, 'read')} took longer than 10 s` : '',
  ].filter(Boolean);
  return [`${bytesText(bytes)} in ${plural(reads, 'read')}, each sector once`, ...trouble].join('; ');
}

function todoText(disk: Disk, silent: boolean): string {
  if (disk.use.system) return WORDS.disks.systemDisk;
  const { health, touched } = disk;
  if (silent || health.verdict === 'failing' || touched.failed > 0) return WORDS.disks.dying;
  if (health.verdict === 'worn') return WORDS.disks.worn;
  return health.verdict === 'good' ? WORDS.disks.healthy : WORDS.disks.unknown;
}

const HEADING = 8;

function paragraph(heading: string, text: string, tone: Tone, width: number): Line[] {
  return wrapText(text, width - HEADING).map((part, i) =>
    line(toned('strong', (i === 0 ? heading : '').padEnd(HEADING)), toned(tone, part)),
  );
}
