import type { NumberedVolume } from '../../jobs/volume-parts.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Which NTFS volume of the copy of a disk shall be looked into. */
export class VolumeView implements View {
  readonly title = WORDS.files.volumes.title;
  readonly purpose = WORDS.files.volumes.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.volumes);
  readonly #volumes: readonly NumberedVolume[];
  readonly #next: (volume: NumberedVolume) => void;
  #position = LIST_START;
  #rows = 1;

  constructor(volumes: readonly NumberedVolume[], next: (volume: NumberedVolume) => void) {
    this.#volumes = volumes;
    this.#next = next;
  }

  panes(area: Rect): readonly Pane[] {
    this.#rows = Math.max(1, area.height - 2);
    const rows = this.#volumes.map((volume) => line(volumeLine(volume)));
    const corner = listCorner(this.#position, rows.length, this.#rows);
    const lines = listRows(rows, this.#position, this.#rows);
    return [{ id: 'volumes', rect: area, title: WORDS.files.volumes.list, corner, focused: true, lines }];
  }

  key(key: string, _desk: Desk): void {
    const chosen = this.#volumes[this.#position.index];
    if (isKey(key, KEYS.volumes.take) && chosen) this.#next(chosen);
    else this.#position = moveInList(this.#position, key, this.#volumes.length, this.#rows) ?? this.#position;
  }
}

/** `partition 2    40.0 GiB  "Windows"`. */
export function volumeLine({ number, sizeBytes, label }: NumberedVolume): string {
  const name = label ? `  "${safeText(label)}"` : '';
  return `${WORDS.files.volumes.name(number)}`.padEnd(14) + bytesText(sizeBytes).padStart(10) + name;
}
