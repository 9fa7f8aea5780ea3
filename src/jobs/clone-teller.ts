import type { ClonePhase } from '../clone/clone-listener.ts';
import type { CloneGeometry } from '../clone/cluster-sink.ts';
import type { CompressedImage } from '../clone/compressed/compressed-image.ts';
import type { ImageDamage } from '../clone/compressed/verify-compressed.ts';
import { savedLosses } from '../clone/image-access.ts';
import type { ImageHeader } from '../clone/image-header.ts';
import type { MetadataListener } from '../clone/metadata/clone-metadata.ts';
import { Rate } from '../rescue/rate.ts';
import { plural } from '../text/quantity.ts';
import type {
  CloneEvent,
  CloneProgressEvent,
  CloneStartEvent,
  ImageFacts,
  ZstdFacts,
} from './clone-events.ts';

/** Phases whose steps are clusters. */
const MOVES_DATA: ReadonlySet<ClonePhase> = new Set(['cloning', 'saving', 'restoring', 'testing']);
/** Phases before anything is written. */
const ONLY_LOOKS: ReadonlySet<ClonePhase> = new Set(['scanning', 'accounting', 'testing']);
const RECENT_MS = 8000;
/** So many clusters of two files are told one by one: of two large files that lie on each other it may be millions. */
const TOLD_CLUSTERS = 10;

/** Turns what a clone, an image or a restore is doing into events. */
export class CloneTeller implements MetadataListener {
  readonly #emit: (event: CloneEvent) => void;
  readonly #isMetadata: boolean;
  readonly #startMs = performance.now();
  #phase: ClonePhase = 'scanning';
  #recent = new Rate(RECENT_MS);
  #movedMs = this.#startMs;
  #steps = { done: 0, total: 0 };
  #clusterBytes = 0;
  #lostBytes = 0;
  #damagedPlaces = 0;
  #image: ImageFacts | undefined;
  #hasBegun = false;
  #isTargetFile = false;
  #hasWritten = false;
  /** Clusters of two files, until their number was told. */
  #sharedClusters = 0;

  constructor(emit: (event: CloneEvent) => void, isMetadata: boolean) {
    this.#emit = emit;
    this.#isMetadata = isMetadata;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  /** The image that is read, once its header was. */
  get imageFacts(): ImageFacts | undefined {
    return this.#image;
  }

  /** Damaged places of an image so far. */
  get damagedPlaces(): number {
    return this.#damagedPlaces;
  }

  /** Whether all that is left is to wait for the last writes. */
  get isSyncing(): boolean {
    return this.#phase === 'syncing';
  }

  /** Whether the start was told. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the target may have been touched. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Whether what was written stays where one can go on with it: a pipe keeps nothing. */
  get isTargetFile(): boolean {
    return this.#isTargetFile;
  }

  begin(start: CloneStartEvent): void {
    this.#hasBegun = true;
    this.#isTargetFile = start.target?.kind === 'file';
    this.#emit(start);
  }

  volume({ clusterBytes, clusterCount, deviceBytes }: CloneGeometry, ntfsVersion: string): void {
    this.#clusterBytes = clusterBytes;
    this.#emit({ event: 'volume', ntfsVersion, clusterBytes, clusterCount, deviceBytes });
  }

  image(header: ImageHeader, compressed?: CompressedImage): void {
    this.#clusterBytes = header.clusterBytes;
    this.#image = imageFacts(header, compressed);
    this.#emit({ event: 'image', ...this.#image });
  }

  phase(phase: ClonePhase): void {
    this.#tellShared();
    if (MOVES_DATA.has(this.#phase)) this.#emit(this.snapshot());
    this.#phase = phase;
    this.#hasWritten ||= !ONLY_LOOKS.has(phase);
    this.#recent = new Rate(RECENT_MS);
    this.#movedMs = performance.now();
    this.#steps = { done: 0, total: 0 };
    this.#emit({ event: 'phase', phase });
  }

  progress(done: number, total: number): void {
    this.#movedMs = performance.now();
    this.#steps = { done: Math.min(done, total), total };
  }

  space(usedClusters: number, { clusterBytes }: CloneGeometry): void {
    // Of metadata ntfsclone counts some twice: that number is for its own transcript.
    if (!this.#isMetadata) this.#emit({ event: 'plan', usedBytes: usedClusters * clusterBytes });
  }

  goesOn(clusters: number, { clusterBytes }: CloneGeometry): void {
    this.#emit({ event: 'resumed', savedBytes: clusters * clusterBytes });
  }

  damaged({ start, end, what }: ImageDamage): void {
    this.#damagedPlaces++;
    this.#emit({ event: 'damage', start, end, what });
  }

  mismatch(cluster: number, kind: 'missing' | 'extra'): void {
    const what = kind === 'missing' ? 'belongs to a file but is free' : 'is in use but belongs to no file';
    this.note(`Cluster ${cluster} ${what} by $Bitmap.`);
  }

  mismatches(count: number, overruled: boolean): void {
    const fate = this.#isMetadata ? 'what belongs to no file is left out' : 'all are copied';
    this.note(`Files and $Bitmap differ in ${plural(count, 'cluster')}${overruled ? `; ${fate}.` : '.'}`);
  }

  referencedTwice(cluster: number): void {
    this.#sharedClusters++;
    if (this.#sharedClusters > TOLD_CLUSTERS) return;
    const fate = this.#isMetadata ? ': what is in it is cleared.' : '.';
    this.note(`Cluster ${cluster} belongs to two files${fate}`);
  }

  badClusters(clusters: number): void {
    this.note(`NTFS has marked ${plural(clusters, 'cluster')} of this disk as bad; they are left out.`);
  }

  lost(start: number, end: number): void {
    this.#lostBytes += end - start;
    this.#emit({ event: 'fault', start, end });
  }

  newSerial(serial: string): void {
    this.note(`New serial number: ${serial.toUpperCase()}`);
  }

  note(message: string): void {
    this.#emit({ event: 'note', message });
  }

  wiping(): void {
    // The phase that follows looks at records, as the one before, but writes what it finds.
    this.#hasWritten = true;
  }

  wiped(): void {}

  #tellShared(): void {
    if (this.#sharedClusters > TOLD_CLUSTERS) {
      this.note(`${this.#sharedClusters} clusters in all belong to two files.`);
    }
    this.#sharedClusters = 0;
  }

  /** Where it stands now. */
  snapshot(): CloneProgressEvent {
    const { done, total } = this.#steps;
    const now = performance.now();
    const isData = MOVES_DATA.has(this.#phase);
    if (isData) this.#recent.sample(now, done * this.#clusterBytes);
    const rate = isData ? this.#recent.perSecond : 0;
    const leftBytes = (total - done) * this.#clusterBytes;
    return {
      event: 'progress',
      phase: this.#phase,
      elapsedMs: this.elapsedMs,
      share: total > 0 ? done / total : 0,
      doneBytes: isData ? done * this.#clusterBytes : undefined,
      totalBytes: isData ? total * this.#clusterBytes : undefined,
      rate,
      secondsLeft: isData && rate > 0 ? leftBytes / rate : undefined,
      silentMs: now - this.#movedMs,
      lostBytes: this.#lostBytes,
    };
  }
}

function imageFacts(header: ImageHeader, compressed: CompressedImage | undefined): ImageFacts {
  const { version, clusterBytes, clusterCount, deviceBytes, usedClusters } = header;
  return {
    form: compressed === undefined ? 'plain' : 'zstd',
    imageVersion: version,
    clusterBytes,
    clusterCount,
    deviceBytes,
    usedBytes: usedClusters * clusterBytes,
    zstd: compressed && zstdFacts(compressed),
  };
}

function zstdFacts(image: CompressedImage): ZstdFacts {
  const { info, totals, file } = image;
  const lost = savedLosses(image);
  return {
    isComplete: totals !== undefined,
    fileBytes: file.sizeBytes,
    program: info.program,
    level: info.level,
    label: info.volume?.label,
    volumeSerial: info.volume?.serial,
    model: info.source?.model,
    serial: info.source?.serial,
    digest: totals?.digest,
    lostBytes: lost.totalBytes,
    lostAreas: lost.count,
  };
}
