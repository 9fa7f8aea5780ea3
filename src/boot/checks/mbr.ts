import { hasBootFlags, isUsed, MBR_BYTES, mbrEntries } from '../../partition/mbr.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding } from '../finding.ts';
import { byteFix, type Fix, type Piece } from '../fix.ts';
import { hexBytes } from '../hex.ts';
import { MBR_CODE_BYTES, mbrCodeKind } from '../mbr-code.ts';

const MARK_AT = 510;
const MARK = Uint8Array.of(0x55, 0xaa);
/** Signature, two free bytes, the four entries and the mark. */
const TABLE_AT = 0x1b8;
const LINUX_TYPES: ReadonlySet<string> = new Set(['82', '83', '85', '8e', 'fd']);

/** M1: whether the first sector is a table at all. */
export function checkMark(context: CheckContext): Finding[] {
  const { disk, system } = context;
  const check = new Check('M1', undefined, '55 AA at the end of sector 0');
  if (disk.first === undefined)
    return [check.unknown('unreadable', 'The first sector of the disk cannot be read.')];
  const mark = disk.first.subarray(MARK_AT, MBR_BYTES);
  if (system.platform !== 'volume') {
    if (!disk.lacksMark && mark.every((byte, i) => byte === MARK[i])) return [check.ok(hexBytes(mark))];
    const meaning = 'Neither BIOS nor Windows takes the first sector for a partition table.';
    // What a GPT needs in the first sector is written anew with the table.
    if (!disk.lacksMark) {
      return [check.failing(hexBytes(mark), meaning, { advice: 'See G1.', position: MARK_AT })];
    }
    const does = 'Writes 55 AA behind the entries, which make sense.';
    const fix = byteFix(does, 'low', [markPiece(mark)]);
    return [check.failing(hexBytes(mark), meaning, { fix, position: MARK_AT })];
  }
  const [volume] = disk.parts;
  if (volume !== undefined && volume.content.kind !== 'other')
    return [check.notApplicable('a volume without a table')];
  const saved = savedTable(context);
  const fix = typeof saved === 'object' ? saved : undefined;
  const advice = typeof saved === 'string' ? saved : undefined;
  const meaning = 'The disk has no partition table: nothing on it can be found.';
  return [
    check.failing(hexBytes(mark), meaning, {
      position: MARK_AT,
      ...(fix && { fix }),
      advice:
        advice ??
        'Name a saved copy of the first sector with --mbr-from, or let TestDisk search for partitions.',
    }),
  ];
}

const markPiece = (before: Uint8Array): Piece => ({
  start: MARK_AT,
  before,
  after: MARK,
  what: 'mark of the table',
});

/** The table of a saved copy; a sentence when it cannot be that of this disk. */
function savedTable({ disk, supplies }: CheckContext): Fix | string | undefined {
  const { savedMbr } = supplies;
  if (savedMbr === undefined || disk.first === undefined) return undefined;
  const { bytes, from } = savedMbr;
  const entries = mbrEntries(bytes);
  if (bytes.length < MBR_BYTES || entries === undefined || !hasBootFlags(entries)) {
    return `${from} holds no partition table in its first 512 bytes.`;
  }
  const used = entries.filter(isUsed);
  const sectors = Math.floor(disk.reader.sizeBytes / (disk.deviceSectorBytes ?? 512));
  if (used.length === 0) return `The table in ${from} is empty.`;
  if (used.some(({ startSector, sectorCount }) => startSector + sectorCount > sectors)) {
    return `The table in ${from} is that of a larger disk.`;
  }
  const piece: Piece = {
    start: TABLE_AT,
    before: disk.first.slice(TABLE_AT, MBR_BYTES),
    after: bytes.slice(TABLE_AT, MBR_BYTES),
    what: 'signature and partition table',
  };
  return byteFix(`Writes the signature and the table of ${from}.`, 'high', [piece], {
    beware: 'If that is not the table of this disk, as it was last, files will seem to be lost.',
    onlyByName: true,
  });
}

/** M2: what a BIOS starts. */
export function checkMbrCode({ disk, system, supplies }: CheckContext): Finding[] {
  const check = new Check('M2', undefined, 'code that starts the active partition');
  if (system.platform === 'volume') return [check.notApplicable('a volume without a table')];
  if (system.platform === 'uefi') return [check.notApplicable('UEFI does not use it')];
  if (disk.first === undefined)
    return [check.unknown('unreadable', 'The first sector of the disk cannot be read.')];
  const kind = mbrCodeKind(disk.first);
  const hasLinux = disk.table.partitions.some(({ type }) => LINUX_TYPES.has(type));
  const before = disk.first.slice(0, MBR_CODE_BYTES);
  const { mbrCode } = supplies;
  const rewrite = (beware: string, onlyByName: boolean): { fix: Fix } | { advice: string } => {
    if (mbrCode === undefined) {
      return {
        advice:
          'No free code is at hand: install syslinux-common, or name a file with --mbr-code. Windows does it with bootrec /fixmbr.',
      };
    }
    const after = new Uint8Array(MBR_CODE_BYTES);
    after.set(mbrCode.bytes.subarray(0, MBR_CODE_BYTES));
    const piece = { start: 0, before, after, what: 'code of the MBR' };
    return {
      fix: byteFix(`Writes the code of ${mbrCode.from}, ${MBR_CODE_BYTES} bytes.`, 'low', [piece], {
        beware,
        onlyByName,
      }),
    };
  };
  switch (kind) {
    case 'active':
      return [check.ok('starts the active partition')];
    case 'none':
      return [
        check.failing('zeros', 'There is no code that a BIOS could start.', {
          position: 0,
          ...rewrite('', false),
        }),
      ];
    case 'encryption':
      return [
        check.unknown(
          'of a program for encryption',
          'The disk is opened by a program for encryption, which is left alone.',
          {
            position: 0,
          },
        ),
      ];
    case 'grub':
    case 'lilo': {
      const name = kind === 'grub' ? 'GRUB' : 'LILO';
      if (hasLinux) return [check.ok(`${name}, and there is a Linux`)];
      const meaning = `${name} starts the computer, but the Linux that it belongs to is not on this disk.`;
      const remedy = rewrite(`${name} is gone then, and with it whatever else it started.`, false);
      return [check.failing(`${name}, without a Linux`, meaning, { position: 0, ...remedy })];
    }
    case 'unknown': {
      const meaning = 'The code is not known here; it may well start Windows.';
      const remedy = rewrite(
        'What that code did besides is gone then: other systems, encryption, recovery of the maker.',
        true,
      );
      return [check.warning('not known', meaning, { position: 0, ...remedy })];
    }
  }
}

/** M5 and M6: what the table says of places. */
export function checkPlaces({ disk, system }: CheckContext): Finding[] {
  const chain = new Check('M5', undefined, 'links that are tables, inside of the extended partition');
  const places = new Check('M6', undefined, 'partitions inside of the disk, apart from each other');
  if (system.platform === 'volume') {
    return [
      chain.notApplicable('a volume without a table'),
      places.notApplicable('a volume without a table'),
    ];
  }
  const told = (codes: readonly string[]) => disk.table.problems.filter(({ code }) => codes.includes(code));
  const hasExtended = disk.table.partitions.some(({ kind }) => kind === 'extended');
  const links = told(['extended-damaged', 'extended-loop']);
  const wrong = told(['outside', 'overlap']);
  const [link] = links;
  const [place] = wrong;
  const findings: Finding[] = [];
  if (!hasExtended) findings.push(chain.notApplicable('there are none'));
  else if (link === undefined) findings.push(chain.ok('all links are whole'));
  else {
    const meaning = `${link.message} Partitions behind it are not found.`;
    findings.push(chain.failing('a link is damaged', meaning, { advice: TESTDISK, ...positionOf(link) }));
  }
  if (place === undefined) findings.push(places.ok('all fit'));
  else {
    const meaning = wrong.map(({ message }) => message).join(' ');
    const read = place.code === 'overlap' ? 'two overlap' : 'one leaves the disk';
    findings.push(places.failing(read, meaning, { advice: ANEW, ...positionOf(place) }));
  }
  return findings;
}

const TESTDISK = 'TestDisk can search for lost partitions and write the chain anew.';
const ANEW =
  'Clone to a disk that is at least as large as the old one, or restore into a table made for this one.';

const positionOf = ({ position }: { readonly position?: number }): { position?: number } =>
  position === undefined ? {} : { position };
