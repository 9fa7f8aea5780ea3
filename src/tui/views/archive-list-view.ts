import type { SelfTask } from '../../jobs/self-task.ts';
import { bytesText, plural } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { emptyField, fieldLine, typedInto } from '../frame/text-field.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** An object, as the command tells it. */
interface ListedObject {
  readonly event?: undefined;
  readonly path: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly state: string;
}

/** Objects that are kept in memory; the command line lists more. */
const MOST = 200_000;
const SEARCH_LENGTH = 40;

/** Everything that is in an archive, searched by name. */
export class ArchiveListView implements View {
  readonly title: string;
  readonly purpose = WORDS.archives.list.purpose;
  readonly #start: () => SelfTask;
  #task: SelfTask | undefined;
  #objects: ListedObject[] = [];
  #more = 0;
  #said: string | undefined;
  #isOver = false;
  #isSearching = false;
  #search = emptyField(SEARCH_LENGTH);
  #found: readonly ListedObject[] | undefined;
  #position = LIST_START;
  #rows = 1;

  constructor(name: string, start: () => SelfTask) {
    this.title = WORDS.archives.list.title(safeText(name));
    this.#start = start;
  }

  get typing(): boolean {
    return this.#isSearching;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.#isSearching ? KEYS.find : KEYS.archiveList);
  }

  get hint(): string {
    const count = plural(this.#objects.length + this.#more, 'object');
    if (this.#more > 0) return WORDS.archives.list.tooMany(count, MOST);
    return this.#isOver ? count : WORDS.archives.list.reading(count);
  }

  dismiss(): boolean {
    const wasOpen = this.#isSearching || this.#search.text !== '';
    this.#isSearching = false;
    this.#search = emptyField(SEARCH_LENGTH);
    this.#found = undefined;
    return wasOpen;
  }

  opened(desk: Desk): void {
    if (this.#task) return;
    this.#task = this.#start();
    void this.#listen(this.#task, desk);
  }

  closed(): void {
    if (!this.#isOver) this.#task?.stop();
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const objects = this.#shown;
    const hasSearch = this.#isSearching || this.#search.text !== '';
    const typed = hasSearch ? [fieldLine(this.#search, WORDS.report.find, width)] : [];
    this.#rows = Math.max(1, area.height - 2 - typed.length);
    const first = Math.max(0, this.#position.index - this.#rows);
    // Only those near the cursor are made lines of.
    const near = objects.slice(first, this.#position.index + this.#rows + 1).map(objectLine);
    const at = { index: this.#position.index - first, first: Math.max(0, this.#position.first - first) };
    const nothing = prose(this.#said ?? (this.#isOver ? WORDS.archives.list.nothing : ''), width);
    return [
      {
        id: 'list',
        rect: area,
        title: this.title,
        corner: listCorner(this.#position, objects.length, this.#rows),
        focused: true,
        lines: [
          ...typed,
          ...(objects.length > 0 ? listRows(near, at, this.#rows, !this.#isSearching) : nothing),
        ],
      },
    ];
  }

  key(key: string): void {
    if (this.#isSearching) {
      if (isKey(key, KEYS.find.done)) this.#isSearching = false;
      else this.#search = typedInto(this.#search, key) ?? this.#search;
      this.#found = undefined;
      this.#position = LIST_START;
    } else if (isKey(key, KEYS.archiveList.find)) this.#isSearching = true;
    else this.#position = moveInList(this.#position, key, this.#shown.length, this.#rows) ?? this.#position;
  }

  get #shown(): readonly ListedObject[] {
    const wanted = this.#search.text.toLowerCase();
    if (wanted === '') return this.#objects;
    this.#found ??= this.#objects.filter(({ path }) => path.toLowerCase().includes(wanted));
    return this.#found;
  }

  async #listen(task: SelfTask, desk: Desk): Promise<void> {
    for await (const told of task.events) {
      const object = told as ListedObject | { readonly event: string; readonly message: string };
      if (object.event !== undefined) this.#said = object.message;
      else if (this.#objects.length < MOST) this.#objects.push(object);
      else this.#more++;
      this.#found = undefined;
      desk.changed();
    }
    const { exitCode, said } = await task.ended;
    if (exitCode !== 0 && said !== '') this.#said = said;
    this.#isOver = true;
    desk.changed();
  }
}

function objectLine({ path, type, sizeBytes, state }: ListedObject): Line {
  const size = type === 'folder' ? WORDS.files.folder : bytesText(sizeBytes);
  const isWhole = state === 'whole';
  return line(
    size.padStart(10),
    '  ',
    safeText(path),
    toned('bad', isWhole ? '' : `  ${WORDS.archives.list.broken}`),
  );
}
