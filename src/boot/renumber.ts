import { editGpt } from '../partition/gpt-edit.ts';
import { guidBytes } from '../partition/guid.ts';
import { HiveError } from '../registry/error.ts';
import type { HiveValue } from '../registry/value.ts';
import type { BootPart } from './boot-disk.ts';
import type { CheckContext } from './context.ts';
import { type FileEdit, filePieces } from './file-pieces.ts';
import { byteFix, type Fix, type Piece } from './fix.ts';
import { littleEndian32 } from './hex.ts';
import { isHive } from './hive-file.ts';
import type { PartFile } from './part-files.ts';
import { editsOf, inHive, isOpen, type NamedPart, namedParts, type OpenStore, storesOf } from './stores.ts';
import { GUID_AT, guidIn, MOUNTED_DEVICES, signatureIn, systemHive } from './system-hive.ts';

const SIGNATURE_AT = 0x1b8;
const NONE = '00000000';

/** The signatures by which boot stores and letters name disks; the one that all agree on is that of this disk. */
export async function namedSignatures(context: CheckContext): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const store of (await storesOf(context.disk)).filter(isOpen)) {
    for (const { ref, isVital } of await namedParts(context.disk, store)) {
      if (ref.style === 'mbr' && isVital && ref.diskId !== NONE) found.add(ref.diskId);
    }
  }
  if (found.size > 0) return [...found];
  for (const { value } of await letters(context)) {
    const signature = value.name.toLowerCase() === '\\dosdevices\\c:' ? signatureIn(value.data) : undefined;
    if (signature !== undefined && signature !== NONE) found.add(signature);
  }
  return [...found];
}

/** Gives a disk with an MBR another signature, and the same to all that names it by the old one. */
export async function renumberMbr(context: CheckContext, from: string, to: string): Promise<Fix | string> {
  const { disk } = context;
  const own: Piece = {
    start: SIGNATURE_AT,
    before: disk.first?.slice(SIGNATURE_AT, SIGNATURE_AT + 4) ?? new Uint8Array(4),
    after: littleEndian32(Number.parseInt(to, 16)),
    what: 'signature of the disk',
  };
  const rest = await renamed(context, {
    place: ({ ref }) =>
      ref.style === 'mbr' && ref.diskId === from ? { diskId: to, partitionGuid: undefined } : undefined,
    letter: (data) =>
      signatureIn(data) === from ? { offset: 0, after: littleEndian32(Number.parseInt(to, 16)) } : undefined,
  });
  if (typeof rest === 'string') return rest;
  return byteFix(
    `Gives the disk the number ${to}, in table, boot store and letters.`,
    'medium',
    [own, ...rest],
    NAMED,
  );
}

const NAMED = {
  beware: 'Other systems and programs that know the disk by its old number do not find it any more.',
  onlyByName: true,
};

/** Gives a disk with a GPT, and its partitions, other GUIDs, and the same to all that names them by the old ones. */
export async function renumberGpt(
  context: CheckContext,
  diskGuid: string,
  guids: ReadonlyMap<number, string>,
): Promise<Fix | string> {
  const { disk } = context;
  const { table } = disk;
  const edited = await editGpt(disk.reader, [table.sectorBytes], (editor) => {
    editor.setDiskGuid(diskGuid);
    for (const [number, guid] of guids) editor.setGuid(number, guid);
  });
  if (typeof edited === 'string') return edited;
  const newGuid = (old: string | undefined): string | undefined => {
    const partition = table.partitions.find(({ guid }) => guid !== undefined && guid === old);
    return partition && guids.get(partition.number);
  };
  const rest = await renamed(context, {
    place: ({ ref }) => {
      const partitionGuid = newGuid(ref.partitionGuid);
      return partitionGuid === undefined ? undefined : { diskId: diskGuid, partitionGuid };
    },
    letter: (data) => {
      const old = guidIn(data);
      const partition = table.partitions.find(
        ({ guid }) => guid !== undefined && old !== undefined && same(guidBytes(guid), old),
      );
      const after = partition && guids.get(partition.number);
      return after === undefined ? undefined : { offset: GUID_AT, after: guidBytes(after) };
    },
  });
  if (typeof rest === 'string') return rest;
  const pieces = [...edited.map((piece) => ({ ...piece, what: 'partition table (GPT)' })), ...rest];
  const does = 'Gives disk and partitions new GUIDs, in table, boot store and letters.';
  return byteFix(does, 'medium', pieces, {
    ...NAMED,
    beware: `${NAMED.beware} The entry in the firmware has to be made anew (E3).`,
  });
}

const same = (one: Uint8Array, other: Uint8Array): boolean => one.every((byte, i) => byte === other[i]);

/** What becomes of the places in stores and of the letters. */
interface Renaming {
  place(
    named: NamedPart,
  ): { readonly diskId: string; readonly partitionGuid: string | undefined } | undefined;
  letter(data: Uint8Array): { readonly offset: number; readonly after: Uint8Array } | undefined;
}

async function renamed(context: CheckContext, renaming: Renaming): Promise<Piece[] | string> {
  const pieces: Piece[] = [];
  for (const store of await storesOf(context.disk)) {
    if (!isOpen(store)) return 'The boot store cannot be read (B2), so it cannot be told the new number.';
    const edits = await storeEdits(context, store, renaming);
    const made = await checkedPieces(context, store.part, store.opened.file, store.opened.unclean, edits);
    if (typeof made === 'string') return `The boot store cannot be told the new number: ${made}.`;
    pieces.push(...made);
  }
  for (const { part, file, unclean, value } of await letters(context)) {
    const change = renaming.letter(value.data);
    if (change === undefined) continue;
    const edits = inHive(value, change.offset, change.after, `place of ${letterName(value)} in the registry`);
    const made = await checkedPieces(context, part, file, unclean, edits);
    if (typeof made === 'string') return `The registry cannot be told the new number: ${made}.`;
    pieces.push(...made);
  }
  return pieces;
}

const letterName = ({ name }: HiveValue): string => name.replace(/^\\DosDevices\\/i, '');

async function storeEdits(context: CheckContext, store: OpenStore, renaming: Renaming): Promise<FileEdit[]> {
  const edits: FileEdit[] = [];
  for (const named of await namedParts(context.disk, store)) {
    const ids = renaming.place(named);
    // A place that is not right otherwise is a matter of B1.
    const at = context.disk.parts.find(({ partition }) =>
      named.ref.style === 'gpt'
        ? partition?.guid === named.ref.partitionGuid
        : partition?.startBytes === named.ref.offsetBytes,
    );
    if (ids !== undefined && at !== undefined) edits.push(...editsOf(context.disk, named, at, ids));
  }
  return edits;
}

async function checkedPieces(
  { disk }: CheckContext,
  part: BootPart,
  file: PartFile,
  unclean: string | undefined,
  edits: readonly FileEdit[],
): Promise<readonly Piece[] | string> {
  if (edits.length === 0) return [];
  return unclean ?? filePieces(disk, part, file, edits);
}

interface Letter {
  readonly part: BootPart;
  readonly file: PartFile;
  readonly unclean: string | undefined;
  readonly value: HiveValue;
}

/** All that MountedDevices of every Windows on the disk holds. */
async function letters({ system }: CheckContext): Promise<Letter[]> {
  const found: Letter[] = [];
  for (const install of system.installs) {
    const opened = await systemHive(install);
    if (!isHive(opened)) continue;
    const { file, unclean } = opened;
    try {
      const key = await opened.hive.find(MOUNTED_DEVICES);
      for await (const value of key?.values() ?? []) found.push({ part: install.part, file, unclean, value });
    } catch (error) {
      if (!(error instanceof HiveError)) throw error;
    }
  }
  return found;
}
