import type { ArchiveInfo } from '../../archive/inspect/archive-info.ts';
import { archiveInfoLines } from '../../telling/archive-inspect-lines.ts';
import { safeText } from '../../text/safe.ts';
import type { ArchiveAnswer } from '../archives/archive-info.ts';
import { stackRects } from '../frame/layout.ts';
import type { Line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { paragraphs, prose } from '../frame/prose.ts';
import type { ImagePlace } from '../images/image-choice.ts';
import { bindingsOf, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { DeedList } from './deed-list.ts';

/** What can be done with an archive. */
export interface ArchiveDeeds {
  info(archive: ImagePlace): Promise<ArchiveAnswer>;
  list(archive: ImagePlace, desk: Desk): void;
  verify(archive: ImagePlace, desk: Desk): void;
  restore(archive: ImagePlace, info: ArchiveInfo, desk: Desk): void;
}

const DEEDS = ['list', 'verify', 'restore'] as const;

/** An archive: what it says of itself, and what can be done with it. */
export class ArchiveView implements View {
  readonly title: string;
  readonly purpose = WORDS.archives.one.purpose;
  readonly hint = WORDS.archives.one.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.image);
  readonly #archive: ImagePlace;
  readonly #deeds: ArchiveDeeds;
  #answer: ArchiveAnswer | undefined;
  readonly #list = new DeedList(WORDS.archives.deeds);

  constructor(archive: ImagePlace, deeds: ArchiveDeeds) {
    this.title = WORDS.archives.one.title(safeText(archive.name));
    this.#archive = archive;
    this.#deeds = deeds;
  }

  opened(desk: Desk): void {
    if (!this.#answer) void this.#ask(desk);
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const facts = this.#factLines(width);
    const possible = this.#possible;
    const [top, list, about] = stackRects(area, [
      { share: 1, atLeast: Math.min(facts.length + 2, area.height - 9) },
      { cells: possible.length === 0 ? 0 : possible.length + 2 },
      { cells: 4, droppable: true },
    ]) as [Rect, Rect, Rect];
    return [
      { id: 'facts', rect: top, title: safeText(this.#archive.name), lines: facts },
      ...this.#list.panes(list, about, possible),
    ];
  }

  key(key: string, desk: Desk): void {
    const chosen = this.#list.key(key, this.#possible);
    if (!chosen || this.#answer?.kind !== 'info') return;
    if (chosen === 'restore') this.#deeds.restore(this.#archive, this.#answer.info, desk);
    else this.#deeds[chosen](this.#archive, desk);
  }

  async #ask(desk: Desk): Promise<void> {
    this.#answer = await this.#deeds.info(this.#archive);
    desk.changed();
  }

  get #possible(): readonly (typeof DEEDS)[number][] {
    return this.#answer?.kind === 'info' ? DEEDS : [];
  }

  #factLines(width: number): Line[] {
    if (!this.#answer) return prose(WORDS.images.one.reading, width);
    if (this.#answer.kind === 'problem') return paragraphs(this.#answer.problem, width);
    return archiveInfoLines(this.#answer.info).flatMap((text) => prose(safeText(text), width));
  }
}
