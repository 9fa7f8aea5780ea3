import type { RangeSet } from '../block/range-set.ts';

/** How a disk is divided: `none` has no table, and holds one volume or nothing that is known. */
export type TableScheme = 'none' | 'mbr' | 'gpt';

/** One partition, as the table gives it. It may reach beyond the end of a disk that is cut. */
export interface Partition {
  /** As the kernel counts (`/dev/sda5`): the slot from 1; logical partitions from 5 on. */
  readonly number: number;
  /** An extended partition is only the container of logical ones; its place holds theirs. */
  readonly kind: 'primary' | 'extended' | 'logical' | 'gpt';
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** Two hexadecimal digits (`07`), or a GUID in upper case. */
  readonly type: string;
  /** The type in words; undefined for a type that is not known here. */
  readonly typeName: string | undefined;
  /** The name in a GPT; empty in an MBR, which has none. */
  readonly name: string;
  /** Words such as `boot`, `required`, `hidden`; unknown ones as `bit 48`. */
  readonly flags: readonly string[];
  /** The partition's own GUID, in upper case; undefined in an MBR. */
  readonly guid: string | undefined;
}

/** Stable words for what can be wrong with a table. */
export type TableProblemCode =
  | 'unreadable'
  | 'mbr-damaged'
  | 'no-protective-mbr'
  | 'extended-damaged'
  | 'extended-loop'
  | 'gpt-primary-damaged'
  | 'gpt-backup-damaged'
  | 'gpt-entries-damaged'
  | 'gpt-backup-misplaced'
  | 'gpt-copies-differ'
  | 'outside'
  | 'overlap'
  | 'limit';

/** Something wrong with a table, survived. */
export interface TableProblem {
  readonly code: TableProblemCode;
  /** One sentence in plain words. */
  readonly message: string;
  /** Byte of the disk, where one place can be named. */
  readonly position?: number;
}

/** Which copy of a GPT. */
export type GptCopy = 'primary' | 'backup' | 'both';

/** What a GPT says of itself beside its partitions. */
export interface GptFacts {
  /** Whose entries are used; `both` when slots had to be put together from the two copies. */
  readonly from: GptCopy;
  readonly primaryValid: boolean;
  readonly backupValid: boolean;
  /** Byte of the backup header: where it was found, or where it should be. */
  readonly backupStartBytes: number;
  /** Whether the MBR holds real partitions beside the protective one. */
  readonly hybrid: boolean;
}

/** The division of a disk, as far as it can be read. */
export interface PartitionTable {
  readonly scheme: TableScheme;
  /** Bytes of a sector as the table counts them. */
  readonly sectorBytes: number;
  /** The disk's own GUID, or the eight hexadecimal digits of an MBR's signature; undefined without either. */
  readonly diskId: string | undefined;
  /** By number, which is not always by place. */
  readonly partitions: readonly Partition[];
  readonly gpt: GptFacts | undefined;
  /** Bytes of the table itself: MBR, EBR sectors, GPT headers and entries. */
  readonly tableBytes: RangeSet;
  readonly problems: readonly TableProblem[];
}

/** Collects what is found wrong. Bounded: a ruined table has thousands of contradictions. */
export class ProblemList {
  readonly #problems: TableProblem[] = [];
  #omitted = 0;

  add(code: TableProblemCode, message: string, position?: number): void {
    if (this.#problems.length >= MAX_PROBLEMS) this.#omitted++;
    else this.#problems.push(position === undefined ? { code, message } : { code, message, position });
  }

  list(): TableProblem[] {
    if (this.#omitted === 0) return [...this.#problems];
    return [...this.#problems, { code: 'limit', message: `${this.#omitted} more problems were left out.` }];
  }
}

const MAX_PROBLEMS = 50;
