/** Clusters that lie one behind the other. */
export interface ClusterRun {
  readonly lcn: number;
  readonly length: number;
}

/** One bit a cluster, in the order of $Bitmap: a volume of 4 TiB with clusters of 4 KiB takes 128 MiB. */
export class ClusterBitmap {
  /** Clusters that it has room for. */
  readonly size: number;
  readonly bytes: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.bytes = new Uint8Array(Math.ceil(size / 8));
  }

  has(cluster: number): boolean {
    return (((this.bytes[Math.floor(cluster / 8)] ?? 0) >>> (cluster % 8)) & 1) === 1;
  }

  /** Sets the bits of a run and returns how many were new. `onTwice` is told each cluster that was set before. */
  add(run: ClusterRun, onTwice: (cluster: number) => void): number {
    let fresh = 0;
    const end = run.lcn + run.length;
    for (let cluster = run.lcn; cluster < end; ) {
      const at = Math.floor(cluster / 8);
      if (cluster % 8 === 0 && end - cluster >= 8 && this.bytes[at] === 0) {
        this.bytes[at] = 0xff;
        fresh += 8;
        cluster += 8;
        continue;
      }
      const bit = 1 << (cluster % 8);
      const byte = this.bytes[at] ?? 0;
      if ((byte & bit) !== 0) onTwice(cluster);
      else fresh++;
      this.bytes[at] = byte | bit;
      cluster++;
    }
    return fresh;
  }

  /** Sets the bits of a run, whatever they were. */
  fill({ lcn, length }: ClusterRun): void {
    const end = Math.min(this.size, lcn + length);
    const from = Math.min(end, Math.ceil(lcn / 8) * 8);
    const to = Math.max(from, Math.floor(end / 8) * 8);
    this.add({ lcn, length: from - lcn }, () => undefined);
    this.bytes.fill(0xff, from / 8, to / 8);
    this.add({ lcn: to, length: end - to }, () => undefined);
  }

  /** Clears the bits of a run and returns how many were set. */
  remove(run: ClusterRun): number {
    let cleared = 0;
    for (let cluster = run.lcn; cluster < run.lcn + run.length; cluster++) {
      if (!this.has(cluster)) continue;
      const at = Math.floor(cluster / 8);
      this.bytes[at] = (this.bytes[at] ?? 0) & ~(1 << (cluster % 8));
      cleared++;
    }
    return cleared;
  }

  /** The runs of set bits below `end`, ascending. */
  *runs(end: number): IterableIterator<ClusterRun> {
    let start = -1;
    for (let at = 0; at * 8 < end; at++) {
      const byte = this.bytes[at] ?? 0;
      if (byte === 0xff && start >= 0) continue;
      if (byte === 0 && start < 0) continue;
      for (let bit = 0; bit < 8; bit++) {
        const cluster = at * 8 + bit;
        const isSet = ((byte >>> bit) & 1) === 1 && cluster < end;
        if (isSet && start < 0) start = cluster;
        if (!isSet && start >= 0) {
          yield { lcn: start, length: cluster - start };
          start = -1;
        }
      }
    }
    if (start >= 0) yield { lcn: start, length: end - start };
  }
}
