import type { ArchivePhase, ArchivePorts } from './events.ts';

const TOLD_EVERY_MS = 250;
/** The rate is that of the last so many milliseconds. */
const WINDOW_MS = 8000;

/** Tells how far a phase is, a few times a second: rate, share, and the time that is left. */
export class PhaseProgress {
  readonly #ports: ArchivePorts;
  readonly #phase: ArchivePhase;
  readonly #beganMs: number;
  #toldMs = Number.NEGATIVE_INFINITY;
  #samples: { readonly ms: number; readonly bytes: number }[] = [];
  #share: number | undefined;
  #bytes = 0;
  #path: string | undefined;
  #archiveBytes: number | undefined;

  /** Begins the phase, and says so. */
  constructor(ports: ArchivePorts, phase: ArchivePhase, what?: string) {
    this.#ports = ports;
    this.#phase = phase;
    this.#beganMs = ports.now();
    ports.emit({ event: 'phase', phase, ...(what !== undefined && { what }) });
  }

  /** `share` never goes back, so that nobody sees work undone. */
  update(state: {
    readonly share?: number | undefined;
    readonly bytes?: number;
    readonly path?: string;
    readonly archiveBytes?: number;
  }): void {
    if (state.share !== undefined) {
      this.#share = Math.min(1, Math.max(this.#share ?? 0, state.share));
    }
    this.#bytes = Math.max(this.#bytes, state.bytes ?? 0);
    this.#path = state.path ?? this.#path;
    this.#archiveBytes = state.archiveBytes ?? this.#archiveBytes;
    const now = this.#ports.now();
    if (now - this.#toldMs < TOLD_EVERY_MS) return;
    this.#toldMs = now;
    this.#samples.push({ ms: now, bytes: this.#bytes });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.ms ?? now) > WINDOW_MS) this.#samples.shift();
    const secondsLeft = this.#secondsLeft(now);
    this.#ports.emit({
      event: 'progress',
      phase: this.#phase,
      bytes: this.#bytes,
      bytesPerSecond: this.#rate(),
      ...(this.#share !== undefined && { share: this.#share }),
      ...(secondsLeft !== undefined && { secondsLeft }),
      ...(this.#path !== undefined && { path: this.#path }),
      ...(this.#archiveBytes !== undefined && { archiveBytes: this.#archiveBytes }),
    });
  }

  #rate(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.ms <= first.ms) return 0;
    return Math.round(((last.bytes - first.bytes) * 1000) / (last.ms - first.ms));
  }

  #secondsLeft(now: number): number | undefined {
    const share = this.#share ?? 0;
    const seconds = (now - this.#beganMs) / 1000;
    // Too early, a guess would jump about.
    if (share < 0.005 || seconds < 2) return undefined;
    return Math.round(((1 - share) / share) * seconds);
  }
}
