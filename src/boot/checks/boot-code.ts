import { inHole, readClamped } from '../../ntfs/holes.ts';
import {
  BOOT_FILE_BYTES,
  type BootCode,
  CODE_PARTS,
  CODE_REST,
  type CodeKind,
  codeKind,
} from '../boot-code.ts';
import { isNtfs, type NtfsPart, partName } from '../boot-disk.ts';
import { type LoaderKind, loaderOf } from '../boot-system.ts';
import { readBootSectors } from '../bpb.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { byteFix, type Piece } from '../fix.ts';

const WORDS: Readonly<Record<CodeKind, string>> = {
  bootmgr: 'starts bootmgr',
  ntldr: 'starts NTLDR',
  stub: 'that of Linux, starts nothing',
  none: 'none',
  unknown: 'not known',
};

/** The boot code of a volume that is opened; undefined when a part of it cannot be read. */
export async function readBootCode(part: NtfsPart): Promise<BootCode | undefined> {
  const { bytes, holes } = await readClamped(part.reader, 0, BOOT_FILE_BYTES);
  if (inHole(holes, 0, BOOT_FILE_BYTES)) return undefined;
  const { sectorBytes } = part.content.opened.found.boot;
  return { from: partName(part), kind: codeKind(bytes), bytes, sectorBytes };
}

/** N7: whether the code in front of each volume finds the loader in it. */
export async function checkBootCode(context: CheckContext): Promise<Finding[]> {
  const { disk, system } = context;
  const findings: Finding[] = [];
  for (const part of disk.parts.filter(isNtfs)) {
    const wanted = loaderOf(system, part);
    const isStarted = system.bootPart === part;
    const isWindows = system.installs.some((one) => one.part === part);
    const check = new Check('N7', part.number, wanted === undefined ? 'code of Windows' : WORDS[wanted]);
    if (!isStarted && !(system.platform === 'uefi' && isWindows)) {
      findings.push(check.notApplicable('it is not started'));
      continue;
    }
    const code = await readBootCode(part);
    if (code === undefined) {
      findings.push(check.unknown('unreadable', 'The code of the volume cannot be read.'));
      continue;
    }
    const read = WORDS[code.kind];
    if (code.kind === wanted) {
      findings.push(check.ok(read));
      continue;
    }
    const remedy = { position: part.startBytes, ...(await remedyOf(context, part, wanted)) };
    if (system.platform === 'uefi') {
      const meaning = 'UEFI does without it; a BIOS could not start this volume.';
      findings.push(code.kind === 'bootmgr' ? check.ok(read) : check.warning(read, meaning, remedy));
      continue;
    }
    findings.push(
      code.kind === 'unknown'
        ? check.warning(read, 'The code is not known here; it may be that of another loader.', remedy)
        : check.failing(read, meaningOf(code.kind, wanted), remedy),
    );
  }
  return findings;
}

function meaningOf(kind: CodeKind, wanted: LoaderKind | undefined): string {
  if (kind === 'stub') return 'It prints "This is not a bootable disk" and waits for another one.';
  if (kind === 'none')
    return 'There is no code that could be started: the computer hangs or goes on to the next disk.';
  const missing = kind === 'ntldr' ? 'NTLDR' : 'BOOTMGR';
  const there = wanted === 'ntldr' ? 'NTLDR' : 'bootmgr';
  return `It looks for ${missing}, but the volume has ${there}: "${missing} is missing".`;
}

async function remedyOf(
  { disk, supplies }: CheckContext,
  part: NtfsPart,
  wanted: LoaderKind | undefined,
): Promise<Partial<Remedy>> {
  const windows =
    wanted === 'ntldr'
      ? 'Or let the recovery console of Windows XP do it: fixboot.'
      : 'Or let Windows do it: bootsect /nt60 C: (or bootrec /fixboot) from its installation medium.';
  if (wanted === undefined) return { advice: windows };
  const { sectorBytes } = part.content.opened.found.boot;
  const donors: BootCode[] = [...supplies.donors];
  for (const other of disk.parts.filter(isNtfs)) {
    const code = other === part ? undefined : await readBootCode(other);
    if (code !== undefined) donors.push(code);
  }
  const donor = donors.find((one) => one.kind === wanted && one.sectorBytes === sectorBytes);
  if (donor === undefined) {
    return {
      advice: `Name an NTFS volume that ${wanted === 'ntldr' ? 'Windows XP' : 'Windows Vista or later'} has formatted with --donor DEVICE. ${windows}`,
    };
  }
  const pieces = await codePieces(part, donor.bytes);
  if (typeof pieces === 'string') return { advice: pieces };
  const does = `Takes the code of ${donor.from}; what describes the volume stays.`;
  return { fix: byteFix(does, 'medium', pieces) };
}

/** Boot code for a volume: all of the first 16 sectors but the fields that describe it, and the copy behind it. */
async function codePieces(part: NtfsPart, code: Uint8Array): Promise<readonly Piece[] | string> {
  const sectors = await readBootSectors(part);
  const { bytes: before, holes } = await readClamped(part.reader, 0, BOOT_FILE_BYTES);
  if (inHole(holes, 0, BOOT_FILE_BYTES) || !sectors.isGood)
    return 'The boot sector has to be right first (N6).';
  const pieces: Piece[] = [];
  const put = (from: number, to: number, at: number, old: Uint8Array, what: string): void => {
    const after = code.slice(from, to);
    if (old.every((byte, i) => byte === after[i])) return;
    pieces.push({ start: part.startBytes + at + from, before: old, after, what });
  };
  for (const [from, to] of CODE_PARTS) put(from, to, 0, before.slice(from, to), 'code in the boot sector');
  put(CODE_REST, BOOT_FILE_BYTES, 0, before.slice(CODE_REST), 'code behind the boot sector');
  const { backup, backupAt } = sectors;
  if (backup !== undefined && backupAt !== undefined) {
    for (const [from, to] of CODE_PARTS) {
      put(from, to, backupAt, backup.slice(from, to), 'code in the copy of the boot sector');
    }
  }
  return pieces;
}
