import type { RangeSet } from '../block/range-set.ts';
import type { CloneError } from '../clone/clone-error.ts';
import type { ClonePhase } from '../clone/clone-listener.ts';
import type { CloneGeometry } from '../clone/cluster-sink.ts';
import type { ImageHeader } from '../clone/image-header.ts';
import type { MetadataListener, MetadataResult } from '../clone/metadata/clone-metadata.ts';
import { emptyTally } from '../clone/metadata/wipe-rules.ts';
import type { OwnerReport } from '../ntfs/owners.ts';
import { summariseDamage } from '../rescue/damage.ts';
import { damageLines } from '../telling/damage-lines.ts';
import { plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { VERSION } from '../text/version.ts';
import { errorLine } from './ntfsclone-errno.ts';
import { PercentLine } from './ntfsclone-progress.ts';

/** The version of ntfsclone whose behaviour is kept. */
const LIKE_VERSION = '2022.10.3';

/** The first line, always on standard error. */
export const BANNER = `ntfsclone v${LIKE_VERSION} (lifeboat ${VERSION})\n`;

/** What `--help` prints, and what follows a command line that makes no sense. */
export const USAGE = `
Usage: ntfsclone [OPTIONS] SOURCE
    Copies the used clusters of an NTFS volume to a file, a device or a stream.

    -o, --output FILE      Write to FILE, which must not exist ('-': standard output)
    -O, --overwrite FILE   Write to FILE or device, replacing what is there
    -s, --save-image       Write the special image format
    -r, --restore-image    SOURCE is a special image ('-': standard input)
        --rescue           Go on after read errors, and mark the lost sectors
    -m, --metadata         Copy the file system's structures only, without data
    -n, --no-action        With -r: read the image and write nothing
        --ignore-fs-check  Go on in spite of inconsistencies (with --rescue or -m)
        --new-serial       Give the copy a new serial number
        --new-half-serial  Give it a new upper half of the serial number
        --adjust-sector-size  Fit the boot sector to the sectors of the output device
    -t, --preserve-timestamps  With -m: keep the times
        --full-logfile     With -m: keep the whole log
    -q, --quiet            No progress
    -f, --force            Go on although the volume asks for a check
    -h, --help             This page
    -V, --version          The version

This is lifeboat ${VERSION}; what differs from ntfsclone ${LIKE_VERSION}: lifeboat help ntfsclone
`;

const PHASES: Readonly<Record<ClonePhase, string>> = {
  scanning: 'Scanning volume ...',
  accounting: 'Accounting clusters ...',
  cloning: 'Cloning NTFS ...',
  saving: 'Saving NTFS to image ...',
  restoring: 'Restoring NTFS from image ...',
  testing: 'Restoring NTFS from image ...',
  syncing: 'Syncing ...',
};

/** What ntfsclone prints of a run, in the forms that other programs read. */
export class NtfscloneText implements MetadataListener {
  readonly #print: (text: string) => void;
  readonly #quiet: boolean;
  #percent: PercentLine | undefined;

  constructor(print: (text: string) => void, quiet: boolean) {
    this.#print = print;
    this.#quiet = quiet;
  }

  volume(geometry: CloneGeometry, version: string): void {
    const { deviceBytes } = geometry;
    this.#print(
      `${volumeLines(geometry, version)}Current device size: ${deviceBytes} bytes (${megabytes(deviceBytes)} MB)\n`,
    );
  }

  image(header: ImageHeader): void {
    const { clusterBytes, clusterCount, deviceBytes, usedClusters } = header;
    // Of the oldest images ntfsclone tells what a new one would have (measured).
    const dataOffset = header.isOld ? 56 : header.dataOffset;
    const volumeBytes = clusterCount * clusterBytes;
    this.#print(
      `Ntfsclone image version: ${header.isOld ? '10.1' : header.version}\n` +
        `Cluster size           : ${clusterBytes} bytes\n` +
        `Image volume size      : ${volumeBytes} bytes (${megabytes(volumeBytes)} MB)\n` +
        `Image device size      : ${deviceBytes} bytes\n` +
        `${space('Space in use           ', usedClusters, header)}` +
        `Offset to image data   : ${dataOffset} (0x${dataOffset.toString(16)}) bytes\n`,
    );
  }

  phase(phase: ClonePhase): void {
    this.#print(`${PHASES[phase]}\n`);
    this.#percent = this.#quiet ? undefined : new PercentLine(phase === 'scanning' ? -1 : 0);
  }

  progress(done: number, total: number): void {
    const text = this.#percent?.upTo(done, total);
    if (text) this.#print(text);
  }

  space(usedClusters: number, geometry: CloneGeometry): void {
    this.#print(space('Space in use       ', usedClusters, geometry));
  }

  /** Images are only verified by forms of our own. */
  damaged(): void {}

  /** What may be gone on with is no form of ntfsclone's. */
  goesOn(): void {}

  mismatch(cluster: number, kind: 'missing' | 'extra'): void {
    this.#print(
      `Cluster accounting failed at ${cluster} (0x${cluster.toString(16)}): ${kind} cluster in $Bitmap\n`,
    );
  }

  mismatches(count: number, overruled: boolean): void {
    this.#print(`Totally ${count} cluster accounting mismatches.\n`);
    if (overruled) this.#print('WARNING: The inconsistency was overruled by --ignore-fs-check.\n');
  }

  referencedTwice(cluster: number): void {
    this.#print(`Cluster ${cluster} is referenced twice!\n`);
  }

  badClusters(clusters: number): void {
    this.#print(`WARNING: The disk has ${clusters} or more bad sectors (hardware faults).\n`);
  }

  lost(start: number, end: number, sectorBytes: number): void {
    for (let at = start; at < end; at += sectorBytes) {
      this.#print(`WARNING: Can't read sector at ${at}, lost data.\n`);
    }
  }

  newSerial(serial: string): void {
    this.#print(`New serial number      : 0x${serial.replace(/^0+(?=.)/, '')}\n`);
  }

  note(text: string): void {
    this.#print(`WARNING: ${safeText(text)}\n`);
  }

  /** ntfsclone opens a raw clone again to clear it, and says so. */
  wiping(geometry: CloneGeometry, version: string, form: 'raw' | 'image'): void {
    if (form === 'image') return;
    this.phase('syncing');
    this.#print(volumeLines(geometry, version));
  }

  /** What was cleared of metadata. For an image ntfsclone counts some of it twice, but for $MFTMirr (measured). */
  wiped({ records, tally }: MetadataResult, form: 'raw' | 'image'): void {
    const mirror = form === 'image' ? tally.mirror : emptyTally();
    const twice = form === 'image' ? 2 : 1;
    const slack = tally.slackBytes + mirror.slackBytes;
    const deleted = tally.deletedBytes + mirror.deletedBytes;
    const resident = twice * tally.residentBytes + mirror.residentBytes;
    const times = twice * tally.timeBytes + mirror.timeBytes;
    const line = (label: string, count: number): string =>
      `${label.padEnd(24)} = ${String(count).padStart(10)}\n`;
    this.#print(
      line('Num of MFT records', records) +
        line('Num of used MFT records', tally.usedRecords) +
        line('Wiped unused MFT data', slack) +
        line('Wiped deleted MFT data', deleted) +
        line('Wiped resident user data', resident) +
        line('Wiped timestamp data', times) +
        line('Wiped totally', slack + deleted + resident + times),
    );
    const damaged = tally.damagedBlocks + tally.mirror.damagedBlocks;
    if (damaged > 0) {
      this.#print(`WARNING: ${damaged} damaged records or index blocks were cleared instead of copied.\n`);
    }
  }

  /** What was lost in all, and whose it was; ntfsclone does not tell. */
  losses(lost: RangeSet, owners: OwnerReport): void {
    this.note(
      `${lost.totalBytes} bytes in ${plural(lost.count, 'place')} could not be read and are marked in the copy.`,
    );
    for (const line of damageLines(summariseDamage(owners, true))) if (line !== '') this.#print(`${line}\n`);
  }

  /** The last lines of a run that failed. */
  failed(error: CloneError): void {
    const advice = error.advice === '' ? '' : `${error.advice}\n`;
    this.#print(`${errorLine(safeText(error.message), error.errno)}\n${advice}`);
  }
}

function volumeLines({ clusterBytes, clusterCount }: CloneGeometry, version: string): string {
  const volumeBytes = clusterCount * clusterBytes;
  return (
    `NTFS volume version: ${version}\n` +
    `Cluster size       : ${clusterBytes} bytes\n` +
    `Current volume size: ${volumeBytes} bytes (${megabytes(volumeBytes)} MB)\n`
  );
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

function space(label: string, usedClusters: number, { clusterBytes, clusterCount }: CloneGeometry): string {
  const percent = (100 * usedClusters) / clusterCount;
  return `${label}: ${megabytes(usedClusters * clusterBytes)} MB (${percent.toFixed(1)}%)   \n`;
}
