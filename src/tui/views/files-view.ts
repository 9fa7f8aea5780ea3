import { type ListedEntry, type Listing, listFolder, type VolumePlace } from '../../jobs/folder-listing.ts';
import { bytesText, durationText, plural } from '../../text/quantity.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** What the files of a volume are looked at for. */
export interface FilesDeed {
  readonly title: string;
  readonly purpose: string;
  readonly hint: string;
  /** What is marked, and how that is called. */
  readonly marked: string;
  readonly none: string;
  /** Copies what is marked; without it marking is all there is to do. */
  readonly copy?: (paths: readonly string[], desk: Desk) => void;
}

/** Marked paths that are named; of more the number is told. */
const NAMED_MARKS = 5;

/** Looks into a volume, and marks files and folders in it. */
export class FilesView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly #place: VolumePlace;
  readonly #deed: FilesDeed;
  readonly #marked: Set<string>;
  #folder = '';
  #listing: Listing | undefined;
  #sinceMs = Date.now();
  #asking = new AbortController();
  #ticking: NodeJS.Timeout | undefined;
  #position = LIST_START;
  #rows = 1;

  readonly #list: typeof listFolder;

  /** `marked` is changed in place. */
  constructor(
    place: VolumePlace,
    marked: Set<string>,
    deed: FilesDeed = WORDS.files.first,
    list: typeof listFolder = listFolder,
  ) {
    this.#list = list;
    this.#place = place;
    this.#marked = marked;
    this.#deed = deed;
    this.title = deed.title;
    this.purpose = deed.purpose;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.#deed.copy ? KEYS.copies : KEYS.files);
  }

  get hint(): string {
    return this.#marked.size === 0 ? this.#deed.hint : WORDS.files.count(this.#marked.size);
  }

  opened(desk: Desk): void {
    if (!this.#listing) void this.#open(this.#folder, '', desk);
  }

  closed(): void {
    this.#asking.abort();
    clearInterval(this.#ticking);
  }

  panes(area: Rect): readonly Pane[] {
    const entries = this.#entries;
    const marked = this.#markedLines();
    const [list, marks] = stackRects(area, [{ share: 1, atLeast: 6 }, { cells: marked.length + 2 }]) as [
      Rect,
      Rect,
    ];
    this.#rows = Math.max(1, list.height - 2);
    const rows = listRows(
      entries.map((entry) => this.#entryLine(entry)),
      this.#position,
      this.#rows,
    );
    return [
      {
        id: 'files',
        rect: list,
        title: `${this.#place.name}  /${this.#folder}`,
        corner: listCorner(this.#position, entries.length, this.#rows),
        focused: true,
        lines: rows.length > 0 ? rows : this.#stateLines(area.width - 4),
      },
      { id: 'marked', rect: marks, title: this.#deed.marked, lines: marked },
    ];
  }

  key(key: string, desk: Desk): void {
    const entries = this.#entries;
    const entry = entries[this.#position.index];
    const { mark, open, up } = KEYS.files;
    if (isKey(key, mark) && entry) {
      if (!this.#marked.delete(entry.path)) this.#marked.add(entry.path);
    } else if (isKey(key, open) && entry) {
      if (entry.type === 'folder') void this.#open(entry.path, '', desk);
    } else if (isKey(key, up)) {
      const above = this.#folder.split('/').slice(0, -1).join('/');
      if (this.#folder !== '') void this.#open(above, this.#folder, desk);
    } else if (isKey(key, KEYS.copies.copy) && this.#deed.copy) {
      if (this.#marked.size > 0) this.#deed.copy([...this.#marked], desk);
      else if (entry) this.#deed.copy([entry.path], desk);
    } else this.#position = moveInList(this.#position, key, entries.length, this.#rows) ?? this.#position;
  }

  /** Opens a folder; the cursor goes to `from`, if that is in it. */
  async #open(folder: string, from: string, desk: Desk): Promise<void> {
    this.closed();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#folder = folder;
    this.#listing = undefined;
    this.#sinceMs = Date.now();
    this.#position = LIST_START;
    // The time that the disk is waited for goes on showing.
    this.#ticking = setInterval(() => desk.changed(), 1000);
    const listing = await this.#list(this.#place, folder, signal);
    if (signal.aborted) return;
    clearInterval(this.#ticking);
    this.#listing = listing;
    const index = this.#entries.findIndex(({ path }) => path === from);
    this.#position = { index: Math.max(0, index), first: 0 };
    desk.changed();
  }

  get #entries(): readonly ListedEntry[] {
    return this.#listing?.kind === 'entries' ? this.#listing.entries : [];
  }

  #stateLines(width: number): Line[] {
    if (!this.#listing) {
      return prose(WORDS.files.reading(durationText((Date.now() - this.#sinceMs) / 1000)), width);
    }
    return prose(this.#listing.kind === 'problem' ? this.#listing.message : WORDS.files.empty, width);
  }

  #markedLines(): Line[] {
    const marked = [...this.#marked];
    if (marked.length === 0) return [line(this.#deed.none)];
    const named = marked.slice(0, NAMED_MARKS).map((path) => line(path));
    const rest = marked.length - named.length;
    return rest > 0 ? [...named, line(WORDS.files.more(plural(rest, 'more')))] : named;
  }

  #entryLine({ path, type, sizeBytes, missingBytes, problem }: ListedEntry): Line {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const isFolder = type === 'folder';
    const trouble = problem ?? (missingBytes ? WORDS.files.missing(bytesText(missingBytes)) : '');
    return line(
      this.#marked.has(path) ? toned('good', '[x] ') : '[ ] ',
      (isFolder ? WORDS.files.folder : bytesText(sizeBytes)).padStart(10),
      '  ',
      isFolder ? `${name}/` : name,
      toned('warn', trouble ? `  ${trouble}` : ''),
    );
  }
}
