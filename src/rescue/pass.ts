import type { ByteRange } from '../block/range.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import type { MapPhase } from './mapfile.ts';
import type { MediumUnit } from './medium-unit.ts';
import type { NamedFaults } from './named-faults.ts';

/** Names of the steps of a rescue, as events and screens show them. */
export type PhaseName =
  | 'survey'
  | 'copy'
  | 'copy-backward'
  | 'trim'
  | 'sweep'
  | 'probe'
  | 'scrape'
  | 'hopeless'
  | 'retry'
  | 'mark'
  | 'verify'
  | 'report';

/**
 * One way over the domain: hands out the next request and is told what became of it. A pass holds the policy
 * (what to read next, how large, what to skip) and does no input or output of its own, so it can be played
 * against a simulated disk.
 */
export interface Pass {
  readonly phase: PhaseName;
  readonly letter: MapPhase;
  /** Number of the pass within its phase, from 1. */
  readonly number: number;
  /** Whether the failure of this request is the last word on its bytes: they become `-` and get the marker. */
  decides(request: ByteRange): boolean;
  /** How many requests may be in flight now. */
  readonly depth: number;
  /** The next request, or undefined when there is none (left, or until those in flight are settled). */
  next(): ByteRange | undefined;
  /**
   * Told after a request: on success its bytes are already `+` in the map; on failure the pass marks the map.
   * `serviceMs` is the time that the disk spent on it.
   */
  settle(request: ByteRange, readable: boolean, serviceMs: number): void;
}

/** What passes work on. */
export interface PassContext {
  readonly map: BlockMap;
  /** The bytes that are wanted; nothing outside is marked. */
  readonly domain: RangeSet;
  /** The unit in which the medium fails; passes that narrow damage down tell it what they find. */
  readonly unit: MediumUnit;
  /** What the drive itself has said of its bad sectors. */
  readonly named: NamedFaults;
}
