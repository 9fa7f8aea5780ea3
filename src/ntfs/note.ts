/** What a note is about; stable words, for scripts and for tests. */
export type NtfsNoteCode =
  | 'boot-sector'
  | 'short-device'
  | 'mft'
  | 'mft-mirror'
  | 'mft-incomplete'
  | 'record'
  | 'attribute-list'
  | 'runs'
  | 'index'
  | 'bitmap'
  | 'bad-clusters'
  | 'cross-linked'
  | 'coarse'
  | 'limit';

/** Something that was survived but that the user should know. */
export interface NtfsNote {
  readonly code: NtfsNoteCode;
  /** One sentence in plain words. */
  readonly message: string;
  /** Byte of the volume, where one place can be named. */
  readonly position?: number;
}

/** Collects notes in bounded memory: a ruined $MFT could produce a million of them. */
export interface NoteBook {
  add(code: NtfsNoteCode, message: string, position?: number): void;
  addAll(notes: Iterable<NtfsNote>): void;
  /** The notes so far; for each code with more notes than are kept, one that tells how many were left out. */
  notes(): NtfsNote[];
}

const KEPT_PER_CODE = 20;

export function noteBook(): NoteBook {
  const kept: NtfsNote[] = [];
  const seen = new Map<NtfsNoteCode, number>();
  const push = (note: NtfsNote): void => {
    const count = (seen.get(note.code) ?? 0) + 1;
    seen.set(note.code, count);
    if (count <= KEPT_PER_CODE) kept.push(note);
  };
  return {
    add: (code, message, position) =>
      push(position === undefined ? { code, message } : { code, message, position }),
    addAll: (notes) => {
      for (const note of notes) push(note);
    },
    notes: () => {
      const result = [...kept];
      for (const [code, count] of seen) {
        if (count > KEPT_PER_CODE) {
          result.push({ code, message: `${count - KEPT_PER_CODE} more notes of this kind were left out.` });
        }
      }
      return result;
    },
  };
}
