import type { Disk, Partition } from '../../probe/machine.ts';
import { bytesText } from '../../text/quantity.ts';
import { type Charset, glyphsOf } from '../frame/glyphs.ts';
import { type Line, line, toned } from '../frame/line.ts';
import { contentText, nameOf } from './place.ts';

/** No part is narrower, as long as there is room: a border, a blank, and the name of a partition. */
const NARROWEST = 12;
/** With less room than that for each, the last ones are left out. */
const LEAST = 6;

interface Part {
  readonly columns: number;
  readonly name: string;
  readonly content: string;
  readonly size: string;
  /** Share in use, if that is known. */
  readonly used: number | undefined;
}

/** How a disk is divided: its parts side by side, as wide as they are large, as far as that can be shown. */
export function layoutLines(disk: Disk, width: number, charset: Charset): Line[] {
  const parts = partsOf(disk, width - 1);
  const { down, full, empty } = glyphsOf(charset);
  const row = (text: (part: Part) => string): Line =>
    line(
      parts
        .map(
          (part) =>
            `${down}${text(part)
              .slice(0, part.columns - 1)
              .padEnd(part.columns - 1)}`,
        )
        .join('') + down,
    );
  const bars = parts.flatMap(({ columns, used }) => {
    const room = columns - 1;
    const filled = used === undefined ? 0 : Math.ceil(used * room);
    return [
      down,
      toned('good', full.repeat(filled)),
      (used === undefined ? ' ' : empty).repeat(room - filled),
    ];
  });
  return [
    row(({ name }) => ` ${name}`),
    row(({ content }) => ` ${content}`),
    row(({ size }) => ` ${size}`),
    line(...bars, down),
  ];
}

function partsOf(disk: Disk, width: number): Part[] {
  const shown = disk.partitions.filter(({ extended }) => !extended);
  const most = Math.floor(width / LEAST);
  const kept: (Partition | undefined)[] = shown.length > 0 ? shown.slice(0, most) : [undefined];
  const sizes = kept.map((partition) => (partition ?? disk).sizeBytes);
  const total = sizes.reduce((sum, size) => sum + size, 0) || 1;
  const narrowest = Math.min(NARROWEST, Math.floor(width / kept.length));
  const spare = width - kept.length * narrowest;
  const widths = sizes.map((size) => narrowest + Math.floor((spare * size) / total));
  const rest = width - widths.reduce((sum, each) => sum + each, 0);
  const widest = widths.indexOf(Math.max(...widths));
  return kept.map((partition, i) => {
    const place = { disk, partition };
    const content = (partition ?? disk).content;
    const whole = content?.totalBytes;
    return {
      columns: (widths[i] ?? narrowest) + (i === widest ? rest : 0),
      name: nameOf(place),
      content: contentText(place),
      size: bytesText((partition ?? disk).sizeBytes),
      used: content?.usedBytes === undefined || !whole ? undefined : Math.min(1, content.usedBytes / whole),
    };
  });
}
