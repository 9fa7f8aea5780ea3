import type { ImageFacts, ZstdFacts } from '../jobs/clone-events.ts';
import { bytesText, percentText, plural } from '../text/quantity.ts';

/** What an image says of its volume, in lines for people. */
export function imageLines(facts: ImageFacts): string[] {
  const { form, imageVersion, clusterBytes, clusterCount, deviceBytes, usedBytes, zstd } = facts;
  const volumeBytes = clusterCount * clusterBytes;
  const made = zstd === undefined ? '' : `, compressed by ${zstd.program}, level ${zstd.level}`;
  return [
    `Image of ntfsclone, version ${imageVersion}${form === 'zstd' ? made : ''}`,
    `Volume: ${bytesText(volumeBytes)} on a device of ${deviceBytes} bytes, clusters of ${bytesText(clusterBytes)}`,
    `In use: ${bytesText(usedBytes)}, ${percentText(usedBytes, volumeBytes)}`,
    ...(zstd === undefined ? [] : zstdLines(zstd, usedBytes)),
  ];
}

function zstdLines(facts: ZstdFacts, usedBytes: number): string[] {
  const { isComplete, fileBytes, label, volumeSerial, model, serial, digest, lostBytes, lostAreas } = facts;
  const lines: string[] = [];
  if (volumeSerial !== undefined)
    lines.push(`Name: ${label === '' ? 'none' : label}, serial number ${volumeSerial}`);
  if (model !== undefined)
    lines.push(`Disk: ${model}${serial === undefined ? '' : `, serial number ${serial}`}`);
  if (isComplete)
    lines.push(`File: ${bytesText(fileBytes)}, ${percentText(fileBytes, usedBytes)} of the data`);
  else
    lines.push(
      'Not complete: its save was interrupted, or it was cut. The command that saved it goes on with it.',
    );
  if (digest !== undefined) lines.push(`Checksum: ${digest}`);
  if (lostBytes > 0) {
    lines.push(
      `Lost: ${bytesText(lostBytes)} in ${plural(lostAreas, 'place')} could not be read when it was saved.`,
    );
  }
  return lines;
}
