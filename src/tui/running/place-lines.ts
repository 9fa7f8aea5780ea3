import type { BadPlace } from '../../jobs/job-history.ts';
import type { Disk } from '../../probe/machine.ts';
import { bytesText, plural } from '../../text/quantity.ts';
import { type Line, line, toned } from '../frame/line.ts';
import { WORDS } from '../words.ts';

/** Places where reads failed, the largest first. */
export function placeLines(places: readonly BadPlace[]): Line[] {
  if (places.length === 0) return [line(toned('good', WORDS.running.noPlaces))];
  return places.map(({ start, end, decided }) =>
    line(
      `${String(start).padStart(17)}  ${bytesText(end - start).padStart(10)}  `,
      toned(decided ? 'bad' : 'warn', decided ? WORDS.running.bad : WORDS.running.suspected),
    ),
  );
}

/** What the kernel knows of the disk that is saved: above all, that nobody has written to it. */
export function diskLines(disk: Disk | undefined): Line[] {
  if (!disk) return [line(WORDS.running.diskUnknown)];
  const { traffic, health, readOnly, kind, name } = disk;
  const { temperatureC } = health;
  const heat = temperatureC === undefined ? '' : `   ${WORDS.running.heat(temperatureC)}`;
  return [
    // The kernel goes on counting when a loop device gets another file: then the count says nothing of this one.
    kind === 'loop' && traffic.writes > 0
      ? line(WORDS.running.writesOfAll(traffic.writes, name))
      : line(toned(traffic.writes === 0 ? 'good' : 'warn', WORDS.running.writes(traffic.writes))),
    line(
      `${plural(traffic.reads, 'read')}, ${bytesText(traffic.readBytes)}   ${WORDS.running.lock(readOnly)}${heat}`,
    ),
  ];
}
