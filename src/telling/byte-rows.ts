import { hexOffset } from '../boot/hex.ts';
import { plural } from '../text/quantity.ts';

/** Bytes of a place, in hexadecimal with blanks between them. */
interface HexPiece {
  readonly start: number;
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** A row of bytes: `-` what is there, `+` what is written, ` ` where both are the same. */
export interface ByteRow {
  readonly sign: '-' | '+' | ' ' | undefined;
  readonly text: string;
}

const BYTES = 16;
/** Two digits and a blank. */
const COLUMNS = BYTES * 3;

/** Bytes before and after as rows of at most 64 columns; rows that repeat the one before are told by their number. */
export function byteRows(pieces: readonly HexPiece[]): ByteRow[] {
  return pieces.flatMap(({ start, what, before, after }) => {
    const count = Math.ceil(before.length / 3);
    const rows: ByteRow[] = [
      { sign: undefined, text: `byte ${hexOffset(start)} (${start}), ${plural(count, 'byte')}: ${what}` },
    ];
    let same = 0;
    let last = '';
    for (let at = 0; at < count; at += BYTES) {
      const cut = (text: string): string => text.slice(at * 3, at * 3 + COLUMNS).trimEnd();
      const [old, now] = [cut(before), cut(after)];
      if (at > 0 && `${old}|${now}` === last) {
        same++;
        continue;
      }
      rows.push(...repeated(same), ...rowsAt(start + at, old, now));
      same = 0;
      last = `${old}|${now}`;
    }
    return [...rows, ...repeated(same)];
  });
}

function rowsAt(start: number, old: string, now: string): ByteRow[] {
  const place = hexOffset(start).padEnd(12);
  if (old === now) return [{ sign: ' ', text: place + old }];
  return [
    { sign: '-', text: place + old },
    { sign: '+', text: place + now },
  ];
}

const repeated = (rows: number): ByteRow[] =>
  rows === 0 ? [] : [{ sign: undefined, text: `${' '.repeat(12)}and the same ${plural(rows, 'time')} more` }];
