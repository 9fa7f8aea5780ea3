import type { ArchivedFileSystem } from '../../archive/fsa/archive-head.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { fileSystemName, type Mapping } from '../archives/archive-choice.ts';
import { contentText, nameOf, sizeOf } from '../disks/place.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** What goes where: each file system of an archive, and the partition that is made it again. */
export class MappingView implements View {
  readonly title = WORDS.archives.mapping.title;
  readonly purpose = WORDS.archives.mapping.purpose;
  readonly hint = WORDS.archives.mapping.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.mapping);
  readonly #fileSystems: readonly ArchivedFileSystem[];
  readonly #targets = new Map<number, Mapping['target']>();
  readonly #choose: (
    fileSystem: ArchivedFileSystem,
    others: readonly Mapping['target'][],
    take: (target: Mapping['target']) => void,
    desk: Desk,
  ) => void;
  readonly #next: (mappings: readonly Mapping[], desk: Desk) => void;
  #position = LIST_START;
  #rows = 1;

  /** `choose` leads to the choice of a target, which is not on `others`. */
  constructor(
    fileSystems: readonly ArchivedFileSystem[],
    choose: (
      fileSystem: ArchivedFileSystem,
      others: readonly Mapping['target'][],
      take: (target: Mapping['target']) => void,
      desk: Desk,
    ) => void,
    next: (mappings: readonly Mapping[], desk: Desk) => void,
  ) {
    this.#fileSystems = fileSystems;
    this.#choose = choose;
    this.#next = next;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const rows = this.#fileSystems.map((fileSystem) => this.#row(fileSystem));
    const [list, about] = stackRects(area, [{ share: 1, atLeast: 5 }, { cells: 6 }]) as [Rect, Rect];
    this.#rows = Math.max(1, list.height - 2);
    const chosen = this.#fileSystems[this.#position.index];
    return [
      {
        id: 'mapping',
        rect: list,
        title: WORDS.archives.mapping.list,
        corner: listCorner(this.#position, rows.length, this.#rows),
        focused: true,
        lines: listRows(rows, this.#position, this.#rows),
      },
      {
        id: 'about',
        rect: about,
        title: WORDS.target.what,
        lines: chosen ? this.#aboutLines(chosen, width) : [],
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const count = this.#fileSystems.length;
    const chosen = this.#fileSystems[this.#position.index];
    const { choose, leave, next } = KEYS.mapping;
    if (isKey(key, choose) && chosen) {
      const others = [...this.#targets].flatMap(([id, target]) => (id === chosen.id ? [] : [target]));
      this.#choose(chosen, others, (target) => this.#targets.set(chosen.id, target), desk);
    } else if (isKey(key, leave) && chosen) this.#targets.delete(chosen.id);
    else if (isKey(key, next)) {
      if (this.#mappings.length === 0) desk.say(WORDS.archives.mapping.none, 'warn');
      else this.#next(this.#mappings, desk);
    } else this.#position = moveInList(this.#position, key, count, this.#rows) ?? this.#position;
  }

  get #mappings(): Mapping[] {
    return this.#fileSystems.flatMap((fileSystem) => {
      const target = this.#targets.get(fileSystem.id);
      return target ? [{ fileSystem, target }] : [];
    });
  }

  #row(fileSystem: ArchivedFileSystem): Line {
    const target = this.#targets.get(fileSystem.id);
    const goes = target
      ? toned('bad', `${nameOf(target.place)}, ${bytesText(sizeOf(target.place))}`)
      : toned('plain', WORDS.archives.mapping.nowhere);
    return line(
      safeText(fileSystemName(fileSystem)).slice(0, 28).padEnd(29),
      WORDS.archives.mapping.uses(bytesText(fileSystem.usedBytes)).padEnd(20),
      '-> ',
      goes,
    );
  }

  #aboutLines(fileSystem: ArchivedFileSystem, width: number): Line[] {
    const target = this.#targets.get(fileSystem.id);
    if (!target) return prose(WORDS.archives.mapping.notYet, width);
    const held = contentText(target.place) || WORDS.target.something;
    return [
      ...prose(WORDS.target.deviceWill(nameOf(target.place), held), width, 'bad'),
      ...prose(WORDS.target.askedLater, width),
    ];
  }
}
