import type { Disk } from '../../probe/machine.ts';
import { bytesText, durationText, plural } from '../../text/quantity.ts';
import { wrapText } from '../../text/wrap.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';
import { WORDS } from '../words.ts';
import { conditionText, contentOf, contentText, nameOf, type Place, sizeOf, useOf } from './place.ts';
import { silentMs } from './place-table.ts';

/**
 * What is known of a disk or partition, what that means, and what to do now. `rescue`: what a rescue that is known has to
 * do with it.
 */
export function adviceLines(place: Place, width: number, nowMs: number, rescue: string | undefined): Line[] {
  const { disk, partition } = place;
  return [
    ...(rescue === undefined ? [] : paragraph(WORDS.disks.now, rescue, 'warn', width)),
    ...(partition ? holdsLines(place, width) : []),
    ...saysLines(disk, width, nowMs),
    ...paragraph(WORDS.disks.todo, todoText(place, nowMs), 'strong', width),
    ...figureLines(disk, width),
    ...paragraph(WORDS.disks.readSoFar, readText(disk), disk.touched.failed > 0 ? 'warn' : 'plain', width),
  ];
}

function holdsLines(place: Place, width: number): Line[] {
  const content = contentOf(place);
  const used = content?.usedBytes;
  const text = [
    contentText(place) || WORDS.disks.notKnown,
    used === undefined ? bytesText(sizeOf(place)) : WORDS.disks.used(used, sizeOf(place)),
    useOf(place).mountPoints.length > 0 ? WORDS.disks.mountedAt(useOf(place).mountPoints) : '',
  ];
  const lines = paragraph(nameOf(place), text.filter(Boolean).join(', '), 'plain', width);
  const condition = content?.hibernated ? WORDS.disks.hibernated : content?.dirty ? WORDS.disks.dirty : '';
  const what = condition || conditionText(place) === '' ? condition : '';
  return what ? [...lines, ...paragraph('', what, 'warn', width)] : lines;
}

function saysLines(disk: Disk, width: number, nowMs: number): Line[] {
  const { health, state } = disk;
  const [worst, second] = health.reasons;
  const silent = silentMs(disk, nowMs);
  if (silent !== undefined) {
    return paragraph(WORDS.disks.says, WORDS.disks.silent(durationText(silent / 1000)), 'bad', width);
  }
  if (state.kind === 'unread')
    return paragraph(WORDS.disks.says, WORDS.disks.unread(state.reason), 'bad', width);
  const tone: Tone = health.verdict === 'failing' ? 'bad' : health.verdict === 'worn' ? 'warn' : 'plain';
  const says = worst?.message ?? (health.state === 'asking' ? WORDS.disks.asking : WORDS.disks.nothingBad);
  const lines = paragraph(WORDS.disks.says, says, tone, width);
  return second ? [...lines, ...paragraph('', second.message, tone, width)] : lines;
}

/** What people compare with what they read elsewhere. */
const FIGURES: readonly (readonly [id: number, word: string])[] = [
  [5, 'replaced'],
  [197, 'pending'],
  [198, 'unreadable'],
  [199, 'cable errors'],
];

function figureLines({ health }: Disk, width: number): Line[] {
  const { figures, powerOnHours, temperatureC, wearPercent } = health;
  const told = FIGURES.flatMap(([id, word]) => {
    const figure = figures.find((one) => one.id === id);
    return figure ? [`${word} ${figure.value}`] : [];
  });
  if (powerOnHours !== undefined) told.push(plural(powerOnHours, 'hour'));
  if (temperatureC !== undefined) told.push(`${temperatureC} C`);
  if (wearPercent !== undefined) told.push(`${wearPercent} % worn`);
  return told.length > 0 ? paragraph(WORDS.disks.figures, told.join('  '), 'plain', width) : [];
}

function readText({ touched, looks, outdated, use }: Disk): string {
  const { bytes, reads, failed, slow } = touched;
  const trouble = [
    failed > 0 ? `${plural(failed, 'read')} failed` : '',
    slow > 0 ? `${plural(slow, 'read')} took longer than 10 s` : '',
  ].filter(Boolean);
  const once = looks > 1 ? WORDS.disks.lookedAgain : WORDS.disks.lookedOnce;
  // What is mounted is written to all the time.
  const since = outdated && use.mountPoints.length === 0 ? [WORDS.disks.writtenSince] : [];
  return [`${bytesText(bytes)} in ${plural(reads, 'read')}, ${once}`, ...trouble, ...since].join('; ');
}

function todoText({ disk }: Place, nowMs: number): string {
  if (disk.state.kind === 'gone') return WORDS.disks.plugIn;
  if (disk.use.system) return WORDS.disks.systemDisk;
  const { health, touched } = disk;
  if (silentMs(disk, nowMs) !== undefined || health.verdict === 'failing' || touched.failed > 0) {
    return WORDS.disks.dying;
  }
  if (health.verdict === 'worn') return WORDS.disks.worn;
  return health.verdict === 'good' ? WORDS.disks.healthy : WORDS.disks.unknown;
}

const HEADING = 8;

function paragraph(heading: string, text: string, tone: Tone, width: number): Line[] {
  return wrapText(text, width - HEADING).map((part, i) =>
    line(toned('strong', (i === 0 ? heading : '').slice(0, HEADING - 1).padEnd(HEADING)), toned(tone, part)),
  );
}
