import type { CloneListener, ClonePhase } from '../clone/clone-listener.ts';
import type { CloneGeometry } from '../clone/cluster-sink.ts';
import type { ImageHeader } from '../clone/image-header.ts';
import { bytesText, durationText, percentText, plural, rateText } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { CONTROL } from './terminal.ts';

const PHASES: Readonly<Record<ClonePhase, string>> = {
  scanning: 'Reading the list of files',
  accounting: 'Comparing it with $Bitmap',
  cloning: 'Copying',
  saving: 'Saving',
  restoring: 'Restoring',
  testing: 'Reading the image',
  syncing: 'Waiting for the last writes',
};

/** Phases whose steps are clusters. */
const MOVES_DATA: ReadonlySet<ClonePhase> = new Set(['cloning', 'saving', 'restoring', 'testing']);
const TERMINAL_EVERY_MS = 250;
const LINES_EVERY_MS = 15_000;
/** Losses that are told one by one. */
const TOLD_LOSSES = 10;

/** What a clone, an image or a restore tells to people: on a terminal in one line that is drawn again and again. */
export class CloneView implements CloneListener {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  #phase: ClonePhase = 'scanning';
  #phaseBeganMs = 0;
  #shownMs = 0;
  #drawn = false;
  #clusterBytes = 0;
  #losses = 0;

  constructor(stream: NodeJS.WriteStream, quiet: boolean) {
    this.#stream = stream;
    this.#quiet = quiet;
  }

  /** Prints a line of its own. */
  say(text: string): void {
    if (this.#drawn) this.#stream.write(`\r${CONTROL.clearLine}`);
    this.#drawn = false;
    this.#stream.write(`${text}\n`);
  }

  volume({ clusterBytes, clusterCount }: CloneGeometry, version: string): void {
    this.#clusterBytes = clusterBytes;
    this.say(
      `NTFS ${version}, ${bytesText(clusterCount * clusterBytes)}, clusters of ${bytesText(clusterBytes)}`,
    );
  }

  image(header: ImageHeader): void {
    this.#clusterBytes = header.clusterBytes;
    for (const line of imageLines(header)) this.say(line);
  }

  phase(phase: ClonePhase): void {
    this.#phase = phase;
    this.#phaseBeganMs = performance.now();
    if (MOVES_DATA.has(phase) && !this.#quiet) this.say(`${PHASES[phase]} ...`);
  }

  progress(done: number, total: number): void {
    if (this.#quiet) return;
    const now = performance.now();
    const every = this.#stream.isTTY ? TERMINAL_EVERY_MS : LINES_EVERY_MS;
    if (now - this.#shownMs < every) return;
    this.#shownMs = now;
    const text = `${PHASES[this.#phase]}: ${this.#progressText(done, total, (now - this.#phaseBeganMs) / 1000)}`;
    if (!this.#stream.isTTY) {
      this.say(text);
      return;
    }
    this.#stream.write(`\r${text}${CONTROL.clearLine}`);
    this.#drawn = true;
  }

  space(usedClusters: number, { clusterBytes, clusterCount }: CloneGeometry): void {
    this.say(`In use: ${bytesText(usedClusters * clusterBytes)}, ${percentText(usedClusters, clusterCount)}`);
  }

  mismatch(cluster: number, kind: 'missing' | 'extra'): void {
    const what = kind === 'missing' ? 'belongs to a file but is free' : 'is in use but belongs to no file';
    this.say(`Cluster ${cluster} ${what} by $Bitmap.`);
  }

  mismatches(count: number, overruled: boolean): void {
    this.say(
      `Files and $Bitmap differ in ${plural(count, 'cluster')}${overruled ? '; all are copied.' : '.'}`,
    );
  }

  referencedTwice(cluster: number): void {
    this.say(`Cluster ${cluster} belongs to two files.`);
  }

  badClusters(clusters: number): void {
    this.say(`NTFS has marked ${plural(clusters, 'cluster')} of this disk as bad; they are left out.`);
  }

  lost(start: number, end: number): void {
    this.#losses++;
    if (this.#losses <= TOLD_LOSSES) this.say(`Lost: ${bytesText(end - start)} at byte ${start}.`);
    if (this.#losses === TOLD_LOSSES) this.say('Further losses are counted at the end.');
  }

  newSerial(serial: string): void {
    this.say(`New serial number: ${serial.toUpperCase()}`);
  }

  note(text: string): void {
    this.say(`Note: ${safeText(text)}`);
  }

  #progressText(done: number, total: number, seconds: number): string {
    const percent = percentText(done, total);
    if (!MOVES_DATA.has(this.#phase) || seconds < 1 || done === 0) return percent;
    const rate = (done * this.#clusterBytes) / seconds;
    const left = durationText(Math.max(0, ((total - done) / done) * seconds));
    return `${percent}, ${bytesText(done * this.#clusterBytes)}, ${rateText(rate)}, ${left} left`;
  }
}

/** What an image says of its volume. */
export function imageLines(header: ImageHeader): string[] {
  const { clusterBytes, clusterCount, deviceBytes, usedClusters, version, isOld } = header;
  return [
    `Image of ntfsclone, ${isOld ? 'the form from before 2006' : `version ${version}`}`,
    `Volume: ${bytesText(clusterCount * clusterBytes)} on a device of ${deviceBytes} bytes, clusters of ${bytesText(clusterBytes)}`,
    `In use: ${bytesText(usedClusters * clusterBytes)}, ${percentText(usedClusters, clusterCount)}`,
  ];
}
