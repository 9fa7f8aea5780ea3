import { percentText } from '../../text/quantity.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { paragraphs } from '../frame/prose.ts';
import type { ImageTask } from '../images/image-task.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Where the first choice among the images leads to. */
export interface ImageActions {
  save(desk: Desk): void;
  look(desk: Desk): void;
  watch(task: ImageTask, desk: Desk): void;
}

/** Images: what can be done with them, and what is being done. */
export class ImagesView implements View {
  readonly title = WORDS.images.title;
  readonly purpose = WORDS.images.purpose;
  readonly hint = WORDS.images.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.images);
  readonly #tasks: () => readonly ImageTask[];
  readonly #actions: ImageActions;
  #position = LIST_START;
  #rows = 1;

  constructor(tasks: () => readonly ImageTask[], actions: ImageActions) {
    this.#tasks = tasks;
    this.#actions = actions;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const tasks = this.#tasks();
    const rows = [line(WORDS.images.save.short), line(WORDS.images.look.short), ...tasks.map(taskLine)];
    const [list, about] = stackRects(area, [{ share: 1, atLeast: 5 }, { cells: 9 }]) as [Rect, Rect];
    this.#rows = Math.max(1, list.height - 2);
    const { index } = this.#position;
    const chosen = index === 0 ? WORDS.images.save.long : index === 1 ? WORDS.images.look.long : [];
    const task = tasks[index - 2];
    return [
      {
        id: 'images',
        rect: list,
        title: WORDS.images.list,
        corner: listCorner(this.#position, rows.length, this.#rows),
        focused: true,
        lines: listRows(rows, this.#position, this.#rows),
      },
      {
        id: 'about',
        rect: about,
        title: WORDS.images.about,
        lines: paragraphs(task ? [task.deed.title] : chosen, width),
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const tasks = this.#tasks();
    const { index } = this.#position;
    if (!isKey(key, KEYS.images.take)) {
      this.#position = moveInList(this.#position, key, tasks.length + 2, this.#rows) ?? this.#position;
      return;
    }
    const task = tasks[index - 2];
    if (index === 0) this.#actions.save(desk);
    else if (index === 1) this.#actions.look(desk);
    else if (task) this.#actions.watch(task, desk);
  }
}

function taskLine({ deed, isOver, story }: ImageTask): Line {
  const { done, progress } = story;
  const isGood = done?.verdict === 'saved';
  const state = !isOver
    ? percentText(progress?.share ?? 0, 1)
    : isGood
      ? WORDS.images.finished
      : WORDS.images.ended;
  return line(toned(isOver && !isGood ? 'warn' : 'plain', state.padEnd(12)), deed.title);
}
