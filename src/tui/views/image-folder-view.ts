import { dirname, join } from 'node:path/posix';
import type { FoundImage, ImageFolder } from '../../jobs/image-folder.ts';
import type { InquiryRefusal } from '../../jobs/inquiry.ts';
import { bytesText, durationText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { paragraphs, prose } from '../frame/prose.ts';
import type { ImagePlace } from '../images/image-choice.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Looks into a folder, of this machine or of a drive that is mounted for the look. */
export type ImageLook = (
  from: string | undefined,
  folder: string,
) => Promise<
  | { readonly kind: 'answer'; readonly answer: ImageFolder }
  | { readonly kind: 'refusal'; readonly refusal: InquiryRefusal }
>;

/** What is looked for. */
export interface SearchWords {
  readonly title: string;
  readonly purpose: string;
  readonly none: string;
  readonly others: (count: number, unseen: number) => string;
}

/** Looks for an image, or an archive, in the folders of a drive. */
export class ImageFolderView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly #words: SearchWords;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.search);
  readonly #from: string | undefined;
  readonly #look: ImageLook;
  readonly #next: (image: ImagePlace, desk: Desk) => void;
  #folder: string;
  #found: Extract<ImageFolder, { kind: 'folder' }> | undefined;
  #problem: readonly string[] | undefined;
  /** Counts looks: an answer that comes too late is of no interest. */
  #looks = 0;
  #sinceMs = Date.now();
  #ticking: NodeJS.Timeout | undefined;
  #position = LIST_START;
  #rows = 1;

  constructor(
    { from, folder }: { readonly from: string | undefined; readonly folder: string },
    look: ImageLook,
    next: (image: ImagePlace, desk: Desk) => void,
    words: SearchWords = WORDS.images.search,
  ) {
    this.#words = words;
    this.title = words.title;
    this.purpose = words.purpose;
    this.#from = from;
    this.#folder = folder;
    this.#look = look;
    this.#next = next;
  }

  get hint(): string {
    const { others = 0, unseen = 0 } = this.#found ?? {};
    return others + unseen > 0 ? this.#words.others(others, unseen) : '';
  }

  opened(desk: Desk): void {
    if (!this.#found) void this.#open(this.#folder, '', desk);
  }

  closed(): void {
    this.#looks++;
    clearInterval(this.#ticking);
  }

  panes(area: Rect): readonly Pane[] {
    const lines = this.#entryLines();
    this.#rows = Math.max(1, area.height - 2);
    return [
      {
        id: 'search',
        rect: area,
        title: this.#name(this.#folder),
        corner: listCorner(this.#position, lines.length, this.#rows),
        focused: true,
        lines:
          lines.length > 0 ? listRows(lines, this.#position, this.#rows) : this.#stateLines(area.width - 4),
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const { folders = [], images = [] } = this.#found ?? {};
    const { index } = this.#position;
    const folder = folders[index];
    const image = images[index - folders.length];
    if (isKey(key, KEYS.search.open)) {
      if (folder !== undefined) void this.#open(join(this.#folder, folder), '', desk);
      else if (image) this.#take(join(this.#folder, image.name), desk);
    } else if (isKey(key, KEYS.search.up)) {
      const above = dirname(this.#folder);
      if (above !== this.#folder) void this.#open(above, this.#folder, desk);
    } else {
      const count = folders.length + images.length;
      this.#position = moveInList(this.#position, key, count, this.#rows) ?? this.#position;
    }
  }

  /** Opens a folder; the cursor goes to `below`, if that is in it. */
  async #open(folder: string, below: string, desk: Desk): Promise<void> {
    this.closed();
    const look = this.#looks;
    this.#folder = folder;
    this.#found = undefined;
    this.#problem = undefined;
    this.#sinceMs = Date.now();
    this.#position = LIST_START;
    // The time that the drive is waited for goes on showing.
    this.#ticking = setInterval(() => desk.changed(), 1000);
    const answer = await this.#look(this.#from, folder);
    if (look !== this.#looks) return;
    clearInterval(this.#ticking);
    if (answer.kind === 'refusal') this.#problem = [answer.refusal.message, answer.refusal.advice];
    else if (answer.answer.kind === 'folder') this.#found = answer.answer;
    else {
      desk.back();
      this.#take(folder, desk);
    }
    const index = this.#found?.folders.findIndex((name) => join(folder, name) === below) ?? 0;
    this.#position = { index: Math.max(0, index), first: 0 };
    desk.changed();
  }

  #take(path: string, desk: Desk): void {
    this.#next({ name: this.#name(path), path, from: this.#from }, desk);
  }

  #name(path: string): string {
    return this.#from === undefined ? path : `${this.#from}:${path}`;
  }

  #entryLines(): Line[] {
    const { folders = [], images = [] } = this.#found ?? {};
    return [
      ...folders.map((name) => line(WORDS.files.folder.padStart(10), '  ', safeText(`${name}/`))),
      ...images.map(imageLine),
    ];
  }

  #stateLines(width: number): Line[] {
    if (this.#problem) return paragraphs(this.#problem, width);
    if (this.#found) return prose(this.#words.none, width);
    return prose(WORDS.files.reading(durationText((Date.now() - this.#sinceMs) / 1000)), width);
  }
}

const imageLine = ({ name, what, sizeBytes }: FoundImage): Line =>
  line(bytesText(sizeBytes).padStart(10), '  ', safeText(name), toned('good', `  ${what}`));
