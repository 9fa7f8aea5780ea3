import type { Outcome } from '../block/outcome.ts';
import type { Source } from '../block/ports.ts';
import { type BootSector, parseBootSector } from '../ntfs/boot-sector.ts';
import { NtfsError } from '../ntfs/error.ts';
import type { FindAgain, ReturnWatch } from './return-watch.ts';
import { compareSamples, type Samples } from './samples.ts';

/** Sectors that are read of a disk that came back. */
const LOOKS = 6;

/** Holds the source, and gets it again when it was lost: the same disk, under whatever name. */
export class SourceKeeper {
  readonly #find: FindAgain<Source> | undefined;
  readonly #watch: ReturnWatch;
  readonly #samples: Samples;
  #current: Source;
  #returns = 0;
  #regaining: Promise<boolean> | undefined;

  /** Without `find` a source that is lost stays lost. */
  constructor(source: Source, find: FindAgain<Source> | undefined, watch: ReturnWatch, samples: Samples) {
    this.#current = source;
    this.#find = find;
    this.#watch = watch;
    this.#samples = samples;
  }

  get current(): Source {
    return this.#current;
  }

  /** How often the source was lost and came back. */
  get returns(): number {
    return this.#returns;
  }

  /**
   * Waits until there is a source in the place of `lost`, for the `times`th time while the same place was read; false
   * when nobody waits any longer.
   */
  async regain(lost: Source, errno: string, position: number, times: number): Promise<boolean> {
    if (lost !== this.#current) return true;
    this.#regaining ??= this.#wait(errno, position, times).finally(() => {
      this.#regaining = undefined;
    });
    return this.#regaining;
  }

  async #wait(errno: string, position: number, times: number): Promise<boolean> {
    if (!this.#find) return false;
    const what = times === 1 ? 'Nothing is called bad for that.' : 'It was the same place as before.';
    const back = await this.#watch.device(
      'source',
      `The source is gone (${errno} at byte ${position}). ${what} Plug it in again, anywhere: it is known again, and the rescue goes on by itself.`,
      this.#find,
      (source, isCertain) => this.#differenceOf(source, isCertain),
    );
    if (back) {
      this.#current = back;
      this.#returns++;
    }
    return back !== undefined;
  }

  /** In what a source differs from the one that was lost; nothing of it is saved before that is known. */
  async #differenceOf(found: Source, isCertain: boolean): Promise<string | undefined> {
    const { sectorBytes } = this.#current;
    if (found.sectorBytes !== sectorBytes) {
      return `its sectors have ${found.sectorBytes} bytes, those of the source ${sectorBytes}`;
    }
    const samples = this.#samples.ofSource(LOOKS);
    let serial: string | undefined;
    const read = async (start: number, length: number, into: Uint8Array): Promise<Outcome> => {
      const memory = found.allocate(length);
      const outcome = await found.read(start, length, memory);
      into.set(memory.subarray(0, length));
      if (outcome.kind === 'done' && start === 0) serial = serialOf(into);
      return outcome;
    };
    const { same, differsAt, isGone } = await compareSamples(samples, read);
    if (isGone) return 'it does not answer';
    if (differsAt !== undefined) {
      const due = serialOf(samples.find(({ start }) => start === 0)?.bytes);
      return due !== undefined && serial !== undefined && due !== serial
        ? `its volume has the serial number ${serial}, that of the source ${due}`
        : `it holds other data at byte ${differsAt}`;
    }
    if (same > 0 || isCertain) return undefined;
    return 'it has no serial number, and nothing that was read before can be read of it';
  }
}

/** The serial number of the NTFS volume that begins with these bytes; undefined when none does. */
function serialOf(bytes: Uint8Array | undefined): string | undefined {
  if (!bytes) return undefined;
  let boot: BootSector;
  try {
    boot = parseBootSector(bytes, 0);
  } catch (error) {
    if (!(error instanceof NtfsError)) throw error;
    return undefined;
  }
  return boot.serial;
}
