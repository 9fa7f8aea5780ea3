import { LEGEND } from '../../telling/map-cell-rows.ts';
import { VERSION } from '../../text/version.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { paragraphs, prose } from '../frame/prose.ts';
import { bindingsOf, GLOBAL_KEYS, isKey, KEYS, type KeyBinding, keyText } from '../keys.ts';
import type { Look } from '../look.ts';
import type { View } from '../view.ts';
import { WORDS } from '../words.ts';

const KEY_COLUMNS = 13;
/** Where there is room, all pages stand on one screen. */
const ALL_ROWS = 52;
const PAGES = ['firstAid', 'here', 'everywhere', 'signs', 'about'] as const;
type Page = (typeof PAGES)[number];

/** First aid, the screen it was opened over with its keys, those that work everywhere, what signs and colours mean, and what this program is. */
export class HelpView implements View {
  readonly purpose = WORDS.help.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.help);
  readonly #about: View;
  #page: number;
  #scrolled = 0;

  /** Opens on the page about the screen, or on first aid. */
  constructor(about: View, page: Page = 'here') {
    this.#about = about;
    this.#page = PAGES.indexOf(page);
  }

  readonly title = WORDS.help.title;

  get hint(): string {
    return WORDS.help.hint;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const page = PAGES[this.#page] ?? 'here';
    const lines = this.#lines(page, area.width - 4, look);
    const rows = area.height - 4;
    this.#scrolled = Math.max(0, Math.min(this.#scrolled, lines.length - rows));
    const corner =
      lines.length > rows
        ? `${this.#scrolled + 1}-${Math.min(lines.length, this.#scrolled + rows)} of ${lines.length}`
        : '';
    const title =
      page === 'here' ? `${WORDS.help.titles.here}: ${this.#about.title}` : WORDS.help.titles[page];
    if (area.height >= ALL_ROWS && page === 'here') return this.#allPanes(area, look, title);
    return [
      {
        id: 'help',
        rect: area,
        title,
        corner,
        focused: true,
        lines: [this.#tabsLine(), line(''), ...lines.slice(this.#scrolled)],
      },
    ];
  }

  key(key: string): void {
    const { page, turn, scroll } = KEYS.help;
    const step = { up: -1, k: -1, down: 1, j: 1 }[key] ?? 0;
    if (isKey(key, page)) this.#turn(Number(key) - 1);
    else if (isKey(key, turn)) this.#turn(this.#page + (key === 'left' ? -1 : 1));
    else if (isKey(key, scroll)) this.#scrolled += step;
  }

  #tabsLine(): Line {
    return PAGES.map((page, i) => {
      const name = `${i + 1} ${WORDS.help.pages[page]}`;
      return i === this.#page ? toned('focus', `[${name}] `) : toned('plain', ` ${name}  `);
    });
  }

  #turn(to: number): void {
    this.#page = (to + PAGES.length) % PAGES.length;
    this.#scrolled = 0;
  }

  #allPanes(area: Rect, look: Look, title: string): Pane[] {
    const width = area.width - 4;
    const here = this.#lines('here', width, look);
    const aid = this.#lines('firstAid', width, look);
    const heights = [here.length + 2, aid.length + 2];
    const rest = area.height - (heights[0] ?? 0) - (heights[1] ?? 0);
    const at = (top: number, height: number): Rect => ({ ...area, top: area.top + top, height });
    return [
      { id: 'help', rect: at(0, heights[0] ?? 0), title, focused: true, lines: here },
      {
        id: 'aid',
        rect: at(heights[0] ?? 0, heights[1] ?? 0),
        title: WORDS.help.titles.firstAid,
        lines: aid,
      },
      {
        id: 'everywhere',
        rect: at((heights[0] ?? 0) + (heights[1] ?? 0), Math.max(0, rest)),
        title: WORDS.help.titles.everywhere,
        lines: this.#lines('everywhere', width, look),
      },
    ];
  }

  #lines(page: Page, width: number, look: Look): Line[] {
    switch (page) {
      case 'firstAid':
        return WORDS.help.firstAid.flatMap((text) =>
          text.length <= width ? [line(text)] : prose(text, width),
        );
      case 'here':
        return [
          ...prose(this.#about.purpose, width),
          line(''),
          ...this.#about.keys.flatMap((key) => keyLines(key, width)),
        ];
      case 'everywhere':
        return Object.values(GLOBAL_KEYS).flatMap((key) => keyLines(key, width));
      case 'signs':
        return [
          ...LEGEND.map((style) =>
            line(
              toned(
                style.colour ? SIGN_TONES[style.colour] : 'plain',
                look.charset === 'unicode' ? style.unicode : style.ascii,
              ),
              `  ${style.word}`,
            ),
          ),
          line(`   ${WORDS.help.blank}`),
          line(''),
          ...paragraphs(WORDS.help.signs, width),
        ];
      case 'about':
        return paragraphs(WORDS.help.about(VERSION), width);
    }
  }
}

const SIGN_TONES = { green: 'good', yellow: 'warn', red: 'bad' } as const;

function keyLines({ keys, long }: KeyBinding, width: number): Line[] {
  const names = keys.slice(0, 2).map(keyText).join(' ');
  return prose(long, width - KEY_COLUMNS).map((part, i) =>
    line(toned('strong', (i === 0 ? names : '').padEnd(KEY_COLUMNS)), ...part),
  );
}
