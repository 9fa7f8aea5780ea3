import { type Finding, findingName } from '../boot/finding.ts';
import type { Fix, Piece } from '../boot/fix.ts';
import { hexBytes, hexOffset } from '../boot/hex.ts';
import { ITEMS, type ItemId } from '../boot/items.ts';
import type { BootVerdict } from '../boot/verdict.ts';
import { plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';
import { STATE_WORDS } from './boot-table.ts';

const WIDTH = 80;
const INDENT = 6;
const HEADING = 10;

/** What was found at one place, what it means, and what can be done: for those that are not all right. */
export function findingLines(finding: Finding): string[] {
  const { item, state, read, expected, meaning, position, fix, advice } = finding;
  const name = findingName(finding).padEnd(INDENT);
  const lines = [`${name}${ITEMS[item].title}: ${STATE_WORDS[state]}`];
  lines.push(...fact('found', position === undefined ? read : `${read} (byte ${position})`));
  if (expected !== '') lines.push(...fact('expected', expected));
  if (meaning !== '') lines.push(...fact('means', meaning));
  if (fix !== undefined) lines.push(...fact('fix', fixText(fix)));
  if (advice !== undefined) lines.push(...fact(fix === undefined ? 'to do' : 'or', advice));
  return lines;
}

function fixText({ does, risk, beware, onlyByName }: Fix): string {
  const named = onlyByName ? ' Only if it is asked for by its own name.' : '';
  return `${does} Risk: ${risk}.${beware === '' ? '' : ` ${beware}`}${named}`;
}

/** A heading, and what is said under it, wrapped. */
function fact(heading: string, text: string): string[] {
  const start = ' '.repeat(INDENT);
  return wrapText(safeText(text), WIDTH - INDENT - HEADING).map(
    (line, i) => `${start}${(i === 0 ? heading : '').padEnd(HEADING)}${line}`,
  );
}

/** The page of an item: what is read and expected, what it means, how it is fixed. */
export function explainLines(item: ItemId): string[] {
  const { title, about, fixing } = ITEMS[item];
  return [`${item}  ${title}`, '', ...wrapText(about, WIDTH), '', ...wrapText(`Fix: ${fixing}`, WIDTH)];
}

/** How many of many pieces are shown, and how many bytes of each. */
const MOST_PIECES = 12;
const MOST_BYTES = 16;

/** The bytes that a fix changes, before and after. */
export function pieceLines(pieces: readonly Piece[]): string[] {
  const lines: string[] = [];
  for (const { start, before, after, what } of pieces.slice(0, MOST_PIECES)) {
    const head = `byte ${hexOffset(start)} (${start}), ${plural(before.length, 'byte')}: ${what}`;
    lines.push(...wrapText(head, WIDTH - INDENT).map((line) => ' '.repeat(INDENT) + line));
    lines.push(bytesLine('before', before), bytesLine('after', after));
  }
  const left = pieces.slice(MOST_PIECES);
  if (left.length > 0) {
    const bytes = left.reduce((sum, { after }) => sum + after.length, 0);
    lines.push(
      `      and ${plural(left.length, 'more place')}, ${plural(bytes, 'byte')}: all of it is in the undo file`,
    );
  }
  return lines;
}

function bytesLine(heading: string, bytes: Uint8Array): string {
  const shown = hexBytes(bytes.subarray(0, MOST_BYTES));
  return `        ${heading.padEnd(8)}${shown}${bytes.length > MOST_BYTES ? ' ...' : ''}`;
}

/** What all findings together mean, as a sentence. */
export function verdictLine(verdict: BootVerdict, findings: readonly Pick<Finding, 'state'>[]): string {
  const failing = findings.filter(({ state }) => state === 'failing').length;
  const warnings = findings.filter(({ state }) => state === 'warning').length;
  const also = warnings === 0 ? '' : `${plural(warnings, 'warning')}.`;
  switch (verdict) {
    case 'boots':
      return `Nothing speaks against Windows booting from it. ${also}`.trim();
    case 'fails':
      return `Windows will probably not boot from it: ${plural(failing, 'thing')}. ${also}`.trim();
    case 'unknown':
      return `Whether Windows boots from it cannot be told: see what is unknown. ${also}`.trim();
    case 'no-windows':
      return 'There is neither a Windows nor a loader on it.';
  }
}

/** What needs a person's eye: all but what is right or not used. */
export const isNotable = ({ state }: Finding): boolean =>
  state === 'failing' || state === 'warning' || state === 'unknown';
