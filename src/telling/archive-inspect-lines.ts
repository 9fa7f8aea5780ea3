import type { ArchivedFileSystem } from '../archive/fsa/archive-head.ts';
import type { ArchiveInfo } from '../archive/inspect/archive-info.ts';
import type { VerifyResult } from '../archive/inspect/verify-archive.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';

/** What an archive says of itself. */
export function archiveInfoLines({ head, files, side }: ArchiveInfo): string[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const level = head.level > 0 ? `, level ${head.level}` : '';
  const lines = [
    `Archive of FSArchiver ${head.program}, format ${head.format}, id ${head.id}`,
    `made       ${new Date(head.createdMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`,
    `label      ${head.label === '' ? 'none' : `"${head.label}"`}`,
    `packed     ${head.compression}${level}`,
    `encrypted  ${head.encryption === 'none' ? 'no' : `${head.encryption} (names of files are readable)`}`,
    `files      ${files.length}, ${bytesText(bytes)}`,
    `side file  ${sideText(side)}`,
  ];
  for (const fileSystem of head.fileSystems) lines.push(...fileSystemLines(fileSystem));
  return lines;
}

function sideText(side: ArchiveInfo['side']): string {
  if (side === undefined) return 'none: what FSArchiver cannot keep of NTFS is not in this archive';
  if (side.problem !== undefined) return `cannot be used: ${side.problem}`;
  return `${side.path}, ${bytesText(side.bytes)}${side.encrypted ? ', encrypted' : ''}`;
}

function fileSystemLines(fileSystem: ArchivedFileSystem): string[] {
  const { id, type, label, uuid, device, totalBytes, usedBytes } = fileSystem;
  return [
    `File system ${id}: ${type}${label === '' ? '' : ` "${label}"`}`,
    `  from     ${device}${uuid === undefined ? '' : `, ${uuid}`}`,
    `  size     ${bytesText(totalBytes)}, ${bytesText(usedBytes)} in use`,
  ];
}

/** Whether it is sound, and what is wrong with it. */
export function archiveVerifyLines(
  { findings, objects, bytes, verdict, sideFile, head }: VerifyResult,
  archive: string,
): string[] {
  const lines = findings.map(({ path, message }) =>
    safeText(path === undefined ? message : `${path}: ${message}`),
  );
  const all = `${plural(objects, 'object')} in ${bytesText(bytes)}`;
  const hasNtfs = head.fileSystems.some(({ type }) => type === 'ntfs');
  const side = { sound: ', side file sound', damaged: '', missing: hasNtfs ? ', no side file' : '' }[
    sideFile
  ];
  const verdicts = {
    sound: `Sound: ${all}${side}.`,
    lacking: `Sound, but what is named above could not be read when it was saved${sideFile === 'sound' ? ' (the side file has what could)' : ''}: ${all}${side}.`,
    damaged: `Damaged: ${archive} will not restore whole.`,
  };
  return [...lines, verdicts[verdict]];
}
