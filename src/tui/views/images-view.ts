import { percentText } from '../../text/quantity.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { paragraphs } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { StoryTask } from '../running/story-task.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Where the first choice among images, or archives, leads to. */
export interface ImageActions<Task> {
  save(desk: Desk): void;
  look(desk: Desk): void;
  watch(task: Task, desk: Desk): void;
}

/** What is at work, as far as a row of the list tells. */
export type ListedTask = Pick<StoryTask<unknown>, 'deed' | 'isOver' | 'share' | 'isGood'>;

interface DeedWords {
  readonly short: string;
  readonly long: readonly string[];
}

/** What the screen says of images, or of archives. */
export interface ImagesWords {
  readonly title: string;
  readonly purpose: string;
  readonly hint: string;
  readonly save: DeedWords;
  readonly look: DeedWords;
}

/** Images, or archives: what can be done with them, and what is being done. */
export class ImagesView<Task extends ListedTask> implements View {
  readonly title: string;
  readonly purpose: string;
  readonly hint: string;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.images);
  readonly #tasks: () => readonly Task[];
  readonly #actions: ImageActions<Task>;
  readonly #words: ImagesWords;
  #position = LIST_START;
  #rows = 1;

  constructor(tasks: () => readonly Task[], actions: ImageActions<Task>, words: ImagesWords = WORDS.images) {
    this.#words = words;
    this.title = words.title;
    this.purpose = words.purpose;
    this.hint = words.hint;
    this.#tasks = tasks;
    this.#actions = actions;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const tasks = this.#tasks();
    const rows = [line(this.#words.save.short), line(this.#words.look.short), ...tasks.map(taskLine)];
    const [list, about] = stackRects(area, [{ share: 1, atLeast: 5 }, { cells: 9 }]) as [Rect, Rect];
    this.#rows = Math.max(1, list.height - 2);
    const { index } = this.#position;
    const chosen = index === 0 ? this.#words.save.long : index === 1 ? this.#words.look.long : [];
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

function taskLine({ deed, isOver, share, isGood }: ListedTask): Line {
  const state = !isOver ? percentText(share, 1) : isGood ? WORDS.images.finished : WORDS.images.ended;
  return line(toned(isOver && !isGood ? 'warn' : 'plain', state.padEnd(12)), deed.title);
}
