import { describePath } from './device-facts.ts';
import { OpenError } from './open-error.ts';
import type { BlockFacts, FileFacts } from './path-facts.ts';
import { readSignature } from './signature.ts';
import { sizeText } from './size-text.ts';
import { type OpenSource, openSource } from './source-device.ts';

/** What would be lost by writing over a target. */
export interface TargetContent {
  /** True only when nothing of value was found; when in doubt, false. */
  readonly empty: boolean;
  /** In plain words, for "it holds …": `an NTFS filesystem "Backup"`, `data of an unknown kind`, `nothing`. */
  readonly description: string;
}

const NOTHING: TargetContent = { empty: true, description: 'nothing' };

/** Read whole at the start and at the end, where filesystems and partition tables keep what matters. */
const EDGE_BYTES = 2 ** 20;

/** How many places between the edges are looked at. */
const PLACES = 64;

/** Read at each place: the largest page of any machine we run on, hence a multiple of any sector. */
const PLACE_BYTES = 65536;

/**
 * Looks what is on a target: blkid's opinion, and samples of the content, read-only. A device or file counts as
 * empty when blkid finds nothing and every sample is zeros, or every one is 0xFF (erased flash). Samples can
 * miss a lonely file, so callers tell people what they lose before writing even to an "empty" device.
 */
export async function inspectTarget(path: string): Promise<TargetContent> {
  const facts = await describePath(path);
  if (facts.kind === 'missing') return NOTHING;
  if (facts.kind === 'directory') return { empty: false, description: 'a directory' };
  if (facts.kind === 'other') return { empty: false, description: facts.what };
  if (facts.sizeBytes === 0) return NOTHING;
  const signature = await readSignature(path);
  if (signature.kind === 'found') return { empty: false, description: signature.description };
  const blank = await isBlank(facts);
  if (typeof blank === 'string') return { empty: false, description: blank };
  // A file without allocated blocks is not proof enough: small files live inside their directory entry.
  if (!blank || (facts.kind === 'file' && facts.allocatedBytes > 0)) {
    const written = Math.min(
      facts.sizeBytes,
      (facts.kind === 'file' && facts.allocatedBytes) || facts.sizeBytes,
    );
    return {
      empty: false,
      description:
        facts.kind === 'file' ? `${sizeText(written)} of data of an unknown kind` : 'data of an unknown kind',
    };
  }
  return signature.kind === 'none'
    ? NOTHING
    : { empty: false, description: `perhaps something: ${signature.reason}` };
}

/** Whether all samples are zeros or all are 0xFF; a description instead when it cannot be read. */
async function isBlank(facts: BlockFacts | FileFacts): Promise<boolean | string> {
  let source: OpenSource;
  try {
    source = await openSource(facts.path, facts);
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    return `something that cannot be opened for reading (${error.code})`;
  }
  try {
    const memory = source.allocate(PLACE_BYTES);
    let fill: number | undefined;
    for (const offset of placesOf(source.sizeBytes)) {
      const length = Math.min(PLACE_BYTES, source.sizeBytes - offset);
      const outcome = await source.read(offset, length, memory);
      if (outcome.kind !== 'done')
        return `something that cannot be read at byte ${offset} (${outcome.errno})`;
      fill ??= memory[0];
      if ((fill !== 0 && fill !== 0xff) || !isFilledWith(memory.subarray(0, length), fill)) return false;
    }
    return true;
  } finally {
    await source.close();
  }
}

/** The offsets of the samples, ascending, multiples of `PLACE_BYTES`: both edges and places between them. */
function placesOf(sizeBytes: number): Iterable<number> {
  const offsets = new Set<number>();
  const last = Math.floor((sizeBytes - 1) / PLACE_BYTES) * PLACE_BYTES;
  const add = (offset: number): void => {
    if (offset >= 0 && offset <= last) offsets.add(offset);
  };
  for (let offset = 0; offset < EDGE_BYTES; offset += PLACE_BYTES) add(offset);
  for (let place = 1; place <= PLACES; place++) {
    add(Math.floor((sizeBytes * place) / (PLACES + 1) / PLACE_BYTES) * PLACE_BYTES);
  }
  // One more than fills the edge, since the last sample may be a short one.
  for (let offset = last - EDGE_BYTES; offset <= last; offset += PLACE_BYTES) add(offset);
  return offsets;
}

const isFilledWith = (bytes: Uint8Array, fill: number): boolean => bytes.every((byte) => byte === fill);
