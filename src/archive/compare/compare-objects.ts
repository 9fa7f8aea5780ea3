import { DOS_ATTRIBUTE } from '../../ntfs/file-details.ts';
import type { DescribedObject, DescribedStream } from '../inventory/described.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import { windowsTimeText } from './windows-time-text.ts';

/** Times that are compared, by their place; the third, of the record itself, is counted apart. */
const TIMES = ['created', 'modified', 'record changed', 'accessed'] as const;
export const RECORD_CHANGED = 2;

const ATTRIBUTE_NAMES: readonly (readonly [number, string])[] = [
  [DOS_ATTRIBUTE.READ_ONLY, 'read-only'],
  [DOS_ATTRIBUTE.HIDDEN, 'hidden'],
  [DOS_ATTRIBUTE.SYSTEM, 'system'],
  [DOS_ATTRIBUTE.ARCHIVE, 'archive'],
  [0x100, 'temporary'],
  [DOS_ATTRIBUTE.SPARSE, 'sparse'],
  [DOS_ATTRIBUTE.REPARSE, 'reparse point'],
  [DOS_ATTRIBUTE.COMPRESSED, 'compressed'],
  [DOS_ATTRIBUTE.OFFLINE, 'offline'],
  [0x2000, 'not indexed'],
  [DOS_ATTRIBUTE.ENCRYPTED, 'encrypted'],
];

/** What is different between two descriptions of one object, all but names, and the sums of its contents. */
export function compareObjects(expected: DescribedObject, found: DescribedObject): Difference[] {
  const differences: Difference[] = [];
  const { path } = expected;
  const add = (what: DifferenceKind, before: string, after: string): void => {
    if (before !== after) differences.push({ what, path, expected: before, found: after });
  };
  add('type', expected.kind, found.kind);
  if (expected.kind !== found.kind) return differences;
  add('dos-name', expected.dosName ?? 'none', found.dosName ?? 'none');
  compareTimes(expected, found, add);
  add('attributes', attributesText(expected.attributes), attributesText(found.attributes));
  add('versions', versionsText(expected), versionsText(found));
  if (expected.security !== undefined) {
    add('security', expected.security, found.security ?? 'none');
  }
  add('reparse', valueText(expected.reparse), valueText(found.reparse));
  add('extended', valueText(expected.extended), valueText(found.extended));
  add('object-id', valueText(expected.objectId), valueText(found.objectId));
  add('encryption', valueText(expected.encryption), valueText(found.encryption));
  compareStreams(expected, found, differences);
  return differences;
}

function compareTimes(
  expected: DescribedObject,
  found: DescribedObject,
  add: (what: DifferenceKind, before: string, after: string) => void,
): void {
  if (expected.times === undefined) return;
  for (const [i, name] of TIMES.entries()) {
    if (i === RECORD_CHANGED) continue;
    const [before, after] = [expected.times[i], found.times?.[i]];
    if (before === after) continue;
    add('times', `${name} ${windowsTimeText(before)}`, `${name} ${windowsTimeText(after)}`);
  }
}

function compareStreams(expected: DescribedObject, found: DescribedObject, into: Difference[]): void {
  const { path } = expected;
  const there = new Map(found.streams.map((stream) => [stream.name, stream]));
  for (const stream of expected.streams) {
    const other = there.get(stream.name);
    there.delete(stream.name);
    const add = (what: DifferenceKind, before: string, after: string): void => {
      if (before !== after) into.push({ what, path, stream: stream.name, expected: before, found: after });
    };
    if (other === undefined) {
      add('stream-missing', `${stream.sizeBytes} bytes`, 'nothing');
      continue;
    }
    add('size', `${stream.sizeBytes} bytes`, `${other.sizeBytes} bytes`);
    add('compression', compressionText(stream), compressionText(other));
    add('encryption', encryptionText(stream), encryptionText(other));
    add('holes', holesText(stream), holesText(other));
  }
  for (const [name, { sizeBytes }] of there) {
    const found = `${sizeBytes} bytes`;
    into.push({ what: 'stream-extra', path, stream: name, expected: 'nothing', found });
  }
}

const compressionText = ({ compressed }: DescribedStream): string => (compressed ? 'compressed' : 'plain');
const encryptionText = ({ encrypted }: DescribedStream): string => (encrypted ? 'encrypted' : 'plain');

/** What is stored of a sparse stream; the place of each stretch counts, but is not told when there are many. */
function holesText({ sparse, stored }: DescribedStream): string {
  if (!sparse) return 'no holes';
  if (stored === undefined) return 'holes';
  const SHOWN = 8;
  const bytes = stored.reduce((sum, [start, end]) => sum + end - start, 0);
  const shown = stored.slice(0, SHOWN).map(([start, end]) => `${start}-${end}`);
  // Every stretch is in the text, in a short form, so that two of them are the same only when all stretches are.
  const rest = stored.slice(SHOWN).reduce((sum, [start, end]) => (sum * 31 + start + end) % 1e9, 7);
  return `${bytes} bytes stored at ${shown.join(', ')}${stored.length > SHOWN ? ` and ${stored.length - SHOWN} more (${rest})` : ''}`;
}

function attributesText(attributes: number): string {
  const names = ATTRIBUTE_NAMES.filter(([bit]) => (attributes & bit) !== 0).map(([, name]) => name);
  const known = ATTRIBUTE_NAMES.reduce((bits, [bit]) => bits | bit, 0);
  const rest = attributes & ~known;
  if (rest !== 0) names.push(`0x${(rest >>> 0).toString(16)}`);
  return names.length > 0 ? names.join(', ') : 'none';
}

const versionsText = ({ versions }: DescribedObject): string => (versions ?? [0, 0, 0]).join(', ');

/** A value of base64 as length and beginning. */
function valueText(value: string | undefined): string {
  if (value === undefined) return 'none';
  const bytes = Buffer.from(value, 'base64');
  const SHOWN = 24;
  const hex = bytes.subarray(0, SHOWN).toString('hex');
  if (bytes.length <= SHOWN) return `${bytes.length} bytes ${hex}`;
  return `${bytes.length} bytes ${hex}... ${value.slice(-16)} (${sumOf(value)})`;
}

/** A short number that tells two long values apart. */
function sumOf(value: string): number {
  let sum = 7;
  for (let i = 0; i < value.length; i++) sum = (sum * 31 + value.charCodeAt(i)) % 1_000_000_007;
  return sum;
}
