import type { ImageFacts } from '../../jobs/clone-events.ts';
import { imageLines } from '../../telling/image-lines.ts';
import { safeText } from '../../text/safe.ts';
import { stackRects } from '../frame/layout.ts';
import type { Line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { paragraphs, prose } from '../frame/prose.ts';
import type { ImagePlace } from '../images/image-choice.ts';
import type { ImageAnswer } from '../images/image-facts.ts';
import { bindingsOf, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS, withoutCommands } from '../words.ts';
import { DeedList } from './deed-list.ts';

/** What can be done with an image. */
export interface ImageDeeds {
  facts(image: ImagePlace): Promise<ImageAnswer>;
  files(image: ImagePlace, desk: Desk): void;
  verify(image: ImagePlace, desk: Desk): void;
  restore(image: ImagePlace, facts: ImageFacts, desk: Desk): void;
  goOn(image: ImagePlace, facts: ImageFacts, desk: Desk): void;
}

type Deed = 'files' | 'verify' | 'restore' | 'goOn';

/** One image: what it says of itself, and what can be done with it. */
export class ImageView implements View {
  readonly title: string;
  readonly purpose = WORDS.images.one.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.image);
  readonly #image: ImagePlace;
  readonly #deeds: ImageDeeds;
  #answer: ImageAnswer | undefined;
  readonly #list = new DeedList(WORDS.images.deeds);

  constructor(image: ImagePlace, deeds: ImageDeeds) {
    this.#image = image;
    this.#deeds = deeds;
    this.title = WORDS.images.one.title(safeText(image.path.slice(image.path.lastIndexOf('/') + 1)));
  }

  get hint(): string {
    return this.#isBegun ? WORDS.images.one.begun : WORDS.images.one.hint;
  }

  opened(desk: Desk): void {
    void this.#ask(desk);
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const possible = this.#possible;
    const facts = this.#factLines(width);
    const [top, list, about] = stackRects(area, [
      { cells: facts.length + 2 },
      { cells: possible.length === 0 ? 0 : possible.length + 2 },
      { share: 1, atLeast: 4, droppable: true },
    ]) as [Rect, Rect, Rect];
    return [
      { id: 'facts', rect: top, title: safeText(this.#image.name), lines: facts },
      ...this.#list.panes(list, about, possible),
    ];
  }

  key(key: string, desk: Desk): void {
    const chosen = this.#list.key(key, this.#possible);
    if (chosen) this.#do(chosen, desk);
  }

  async #ask(desk: Desk): Promise<void> {
    this.#answer = await this.#deeds.facts(this.#image);
    desk.changed();
  }

  #do(deed: Deed, desk: Desk): void {
    if (this.#answer?.kind !== 'facts') return;
    const { facts } = this.#answer;
    if (deed === 'files' || deed === 'verify') this.#deeds[deed](this.#image, desk);
    else this.#deeds[deed](this.#image, facts, desk);
  }

  /** Whether its save was interrupted. */
  get #isBegun(): boolean {
    return this.#answer?.kind === 'facts' && this.#answer.facts.zstd?.isComplete === false;
  }

  get #possible(): readonly Deed[] {
    if (this.#answer?.kind !== 'facts') return [];
    return this.#isBegun ? ['goOn', 'files'] : ['files', 'verify', 'restore'];
  }

  #factLines(width: number): Line[] {
    if (!this.#answer) return prose(WORDS.images.one.reading, width);
    if (this.#answer.kind === 'problem') return paragraphs(this.#answer.problem, width);
    return imageLines(this.#answer.facts).flatMap((text) => prose(safeText(withoutCommands(text)), width));
  }
}
