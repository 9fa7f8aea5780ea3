import { type Finding, findingName } from '../boot/finding.ts';
import type { Fix, Piece } from '../boot/fix.ts';
import { hexBytes } from '../boot/hex.ts';
import type { CheckResult } from '../boot/run-checks.ts';
import { verdictOf } from '../boot/verdict.ts';
import type { BootTarget } from '../jobs/boot/boot-target.ts';

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

export function findingJson(finding: Finding) {
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

function fixJson({ does, risk, beware, onlyByName, change }: Fix) {
  return {
    does,
    risk,
    beware,
    onlyByName,
    kind: change.kind,
    pieces: change.kind === 'bytes' ? change.pieces.map(pieceJson) : undefined,
  };
}

/** Bytes of a place, in hexadecimal. */
export function pieceJson({ start, before, after, what }: Piece) {
  return { start, what, before: hexBytes(before), after: hexBytes(after) };
}
