import { type ListedEntry, type Listing, listFolder } from '../../jobs/folder-listing.ts';
import { bytesText, durationText } from '../../text/quantity.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Looks into the failing volume and marks what shall be saved first. */
export class FilesView implements View {
  readonly title = WORDS.files.title;
  readonly purpose = WORDS.files.purpose;
  readonly keys: readonly KeyBinding[] = [
    {
      keys: ['space'],
      short: 'mark',
      long: 'mark the chosen file or folder to be saved first, or unmark it',
    },
    { keys: ['enter', 'right'], short: 'open', long: 'open the chosen folder' },
    { keys: ['left', 'backspace'], short: 'up', long: 'to the folder above' },
    ...LIST_KEYS,
    { keys: ['escape'], short: 'done', long: 'done; what is marked stays marked' },
  ];
  readonly #source: string;
  readonly #marked: Set<string>;
  #folder = '';
  #listing: Listing | undefined;
  #sinceMs = Date.now();
  #asking = new AbortController();
  #position = LIST_START;
  #rows = 1;

  /** `marked` is changed in place. */
  constructor(source: string, marked: Set<string>) {
    this.#source = source;
    this.#marked = marked;
  }

  opened(desk: Desk): void {
    void this.#open('', desk);
  }

  closed(): void {
    this.#asking.abort();
  }

  panes(area: Rect): readonly Pane[] {
    const entries = this.#entries;
    const [list, marks] = stackRects(area, [
      { share: 1, atLeast: 6 },
      { cells: Math.min(7, Math.max(3, this.#marked.size + 2)) },
    ]) as [Rect, Rect];
    this.#rows = Math.max(1, list.height - 2);
    const rows = listRows(
      entries.map((entry) => this.#entryLine(entry)),
      this.#position,
      this.#rows,
    );
    const marked = [...this.#marked].map((path) => line(path));
    return [
      {
        id: 'files',
        rect: list,
        title: `${this.#source}  /${this.#folder}`,
        corner: listCorner(this.#position, entries.length, this.#rows),
        focused: true,
        lines: rows.length > 0 ? rows : [line(this.#stateText())],
      },
      {
        id: 'marked',
        rect: marks,
        title: WORDS.files.marked,
        lines: marked.length > 0 ? marked : [line(WORDS.files.noneMarked)],
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const entries = this.#entries;
    const entry = entries[this.#position.index];
    if (key === 'space' && entry) {
      if (!this.#marked.delete(entry.path)) this.#marked.add(entry.path);
    } else if ((key === 'enter' || key === 'right') && entry) {
      if (entry.type === 'folder') void this.#open(entry.path, desk);
    } else if (key === 'left' || key === 'backspace') {
      if (this.#folder !== '') void this.#open(this.#folder.split('/').slice(0, -1).join('/'), desk);
    }
    const moved = moveInList(this.#position, key, entries.length, this.#rows);
    if (moved) this.#position = moved;
  }

  async #open(folder: string, desk: Desk): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#folder = folder;
    this.#listing = undefined;
    this.#sinceMs = Date.now();
    this.#position = LIST_START;
    // The time that the disk is waited for goes on showing.
    const ticking = setInterval(() => desk.changed(), 1000);
    const listing = await listFolder(this.#source, folder, signal);
    clearInterval(ticking);
    if (signal.aborted) return;
    this.#listing = listing;
    desk.changed();
  }

  get #entries(): readonly ListedEntry[] {
    return this.#listing?.kind === 'entries' ? this.#listing.entries : [];
  }

  #stateText(): string {
    if (!this.#listing) return WORDS.files.reading(durationText((Date.now() - this.#sinceMs) / 1000));
    return this.#listing.kind === 'problem' ? this.#listing.message : WORDS.files.empty;
  }

  #entryLine({ path, type, sizeBytes }: ListedEntry): Line {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const isFolder = type === 'folder';
    return line(
      this.#marked.has(path) ? toned('good', '[x] ') : '[ ] ',
      (isFolder ? WORDS.files.folder : bytesText(sizeBytes)).padStart(10),
      '  ',
      isFolder ? `${name}/` : name,
    );
  }
}
