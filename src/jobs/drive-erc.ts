import { execa } from 'execa';

/** How long a drive itself tries to read or write a sector, in tenths of a second; 0 for as long as it likes. */
export interface DriveErc {
  readonly read: number;
  readonly write: number;
}

const LIMIT_MS = 10_000;

/**
 * SCT Error Recovery Control of an ATA drive, through smartctl: a setting that the drive keeps until it loses power,
 * not data on it.
 */
export class DriveErcTool {
  readonly #tool: string;
  readonly #limitMs: number;

  constructor(tool = 'smartctl', limitMs = LIMIT_MS) {
    this.#tool = tool;
    this.#limitMs = limitMs;
  }

  /** Undefined where there is no smartctl, the drive does not know it, or does not answer in time. */
  async read(device: string): Promise<DriveErc | undefined> {
    const text = await this.#run(['--json', '-l', 'scterc', device]);
    return text === undefined ? undefined : parseErc(text);
  }

  /** Whether smartctl says that the drive has taken it. */
  async set(device: string, erc: DriveErc): Promise<boolean> {
    return (
      (await this.#run(['-q', 'errorsonly', '-l', `scterc,${erc.read},${erc.write}`, device])) !== undefined
    );
  }

  /** What it prints; undefined when it failed. A command to a dying disk can hang where nothing ends it. */
  async #run(args: readonly string[]): Promise<string | undefined> {
    const child = execa(this.#tool, args, {
      stdin: 'ignore',
      reject: false,
      timeout: this.#limitMs,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 20,
      cleanup: false,
    });
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), this.#limitMs + 500).unref();
    });
    const result = await Promise.race([child, late]);
    return result?.exitCode === 0 ? result.stdout : undefined;
  }
}

/** Reads `ata_sct_erc` of smartctl's JSON; undefined when it is not there or nonsense. */
function parseErc(text: string): DriveErc | undefined {
  let value: { ata_sct_erc?: Record<'read' | 'write', { enabled?: unknown; deciseconds?: unknown }> };
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  const limit = (which: 'read' | 'write'): number | undefined => {
    const { enabled, deciseconds } = value?.ata_sct_erc?.[which] ?? {};
    if (enabled === false) return 0;
    return typeof deciseconds === 'number' && deciseconds > 0 && deciseconds < 65_536
      ? deciseconds
      : undefined;
  };
  const [read, write] = [limit('read'), limit('write')];
  return read === undefined || write === undefined ? undefined : { read, write };
}
