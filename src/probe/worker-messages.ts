import type { Content } from './content/content.ts';
import type { Touched } from './look.ts';
import type { Table } from './machine.ts';
import type { Use } from './use.ts';

/** A stretch of a disk in bytes. */
export interface Extent {
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** What a worker is asked for, as its first line on standard input. */
export type WorkerTask =
  /** Look at a disk: its table, and what is in its parts. */
  | {
      readonly do: 'look';
      readonly path: string;
      /** Partitions that the kernel knows, to be read as well. */
      readonly known: readonly Extent[];
      /** Only these, without the table: the rest was read before. */
      readonly extentsOnly: boolean;
    }
  /** Read its table, and nothing else. */
  | { readonly do: 'table'; readonly path: string }
  /** Find out what these devices are used for. */
  | { readonly do: 'use'; readonly paths: readonly string[] };

/** A partition as the table has it. */
export interface TablePartition extends Extent {
  readonly number: number;
  readonly extended: boolean;
  readonly type?: string;
  readonly typeName?: string;
  readonly label?: string;
  readonly uuid?: string;
  readonly active: boolean;
}

/** What a worker tells, one line each. */
export type WorkerEvent =
  /** From here on it is the disk that is waited for. */
  | { readonly event: 'opening' }
  | { readonly event: 'touched'; readonly touched: Touched }
  | { readonly event: 'table'; readonly table?: Table; readonly partitions: readonly TablePartition[] }
  /** What is in the stretch that begins there. The whole disk comes as `disk`. */
  | { readonly event: 'content'; readonly at: number | 'disk'; readonly content: Content }
  /** All is read that tells what is there; what tells how full it is may follow, on demand. */
  | { readonly event: 'looked' }
  /** It could not be read at all: a clause without a full stop. */
  | { readonly event: 'unread'; readonly reason: string }
  | { readonly event: 'use'; readonly path: string; readonly use: Use };

/** A second line for a worker that has looked: find out how full the file systems are, too. */
export const MEASURE = 'measure';
