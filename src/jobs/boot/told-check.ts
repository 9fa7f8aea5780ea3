import { type Finding, type FindingState, findingName } from '../../boot/finding.ts';
import type { Change, Fix, Piece, Risk } from '../../boot/fix.ts';
import { hexBytes } from '../../boot/hex.ts';
import type { ItemId } from '../../boot/items.ts';
import type { CheckResult } from '../../boot/run-checks.ts';
import { verdictOf } from '../../boot/verdict.ts';
import type { BootTarget } from './boot-target.ts';

/** Bytes of a place, in hexadecimal with blanks between them. */
export interface ToldPiece {
  /** Byte of the disk. */
  readonly start: number;
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** A fix, as another program is told of it. */
export interface ToldFix {
  readonly does: string;
  readonly risk: Risk;
  readonly beware: string;
  readonly onlyByName: boolean;
  readonly kind: Change['kind'];
  /** Known beforehand for single bytes alone. */
  readonly pieces: readonly ToldPiece[] | undefined;
}

/** A finding, as another program is told of it. */
export interface ToldFinding {
  /** `M4`, or `N2:1` for one of several partitions. */
  readonly name: string;
  readonly item: ItemId;
  readonly partition: number | undefined;
  readonly state: FindingState;
  readonly read: string;
  readonly expected: string;
  readonly meaning: string;
  readonly position: number | undefined;
  readonly advice: string | undefined;
  readonly fix: ToldFix | undefined;
}

/** The result of a check for other programs: docs/boot.md has the fields. */
export function checkJson(target: BootTarget, { context, findings }: CheckResult) {
  const { disk, system } = context;
  return {
    device: target.wholePath,
    partition: target.partition,
    table: disk.table.scheme,
    diskId: disk.table.diskId,
    platform: system.platform,
    windows: system.installs.map(({ part, folder, kind }) => ({
      partition: part.number,
      folder,
      loader: kind,
    })),
    verdict: verdictOf(system, findings),
    findings: findings.map(findingJson),
  };
}

export function findingJson(finding: Finding): ToldFinding {
  const { item, part, state, read, expected, meaning, position, fix, advice } = finding;
  return {
    name: findingName(finding),
    item,
    partition: part,
    state,
    read,
    expected,
    meaning,
    position,
    advice,
    fix: fix && fixJson(fix),
  };
}

function fixJson({ does, risk, beware, onlyByName, change }: Fix): ToldFix {
  return {
    does,
    risk,
    beware,
    onlyByName,
    kind: change.kind,
    pieces: change.kind === 'bytes' ? change.pieces.map(pieceJson) : undefined,
  };
}

export function pieceJson({ start, before, after, what }: Piece): ToldPiece {
  return { start, what, before: hexBytes(before), after: hexBytes(after) };
}
