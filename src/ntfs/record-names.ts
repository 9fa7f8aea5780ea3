import { ATTRIBUTE } from './attribute.ts';
import { SYSTEM_RECORD } from './attribute-role.ts';
import { type FileName, parseFileName } from './file-name.ts';
import type { FileRecord } from './file-record.ts';

/** The names that a record itself holds; further hard links may be in extension records. */
export function namesIn(record: FileRecord): FileName[] {
  const names: FileName[] = [];
  for (const one of record.attributes) {
    const name = one.type === ATTRIBUTE.FILE_NAME && one.resident ? parseFileName(one.value) : undefined;
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** Remembers which files lie in $Extend while records pass by in ascending order. */
export function extendWatch(): (record: FileRecord) => boolean {
  const children = new Set<number>();
  return (record) => {
    if (record.base !== undefined) return children.has(record.base.record);
    const inside = namesIn(record).some((name) => name.parent.record === SYSTEM_RECORD.EXTEND);
    // $Extend has about eight files; thousands are damage and must not cost memory.
    if (inside && children.size < MAX_EXTEND_CHILDREN) children.add(record.number);
    return inside;
  };
}

const MAX_EXTEND_CHILDREN = 1000;
