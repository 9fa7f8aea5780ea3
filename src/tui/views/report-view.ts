import type { DoneEvent } from '../../jobs/job-events.ts';
import type { DamagedItem } from '../../rescue/damage.ts';
import { verdictText } from '../../telling/verdict-text.ts';
import { bytesText, durationText, plural } from '../../text/quantity.ts';
import { wrapText } from '../../text/wrap.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';
import { legendLine, mapRows } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { emptyField, fieldLine, typedInto } from '../frame/text-field.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import type { Look } from '../look.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

const VERDICT_TONES: Record<DoneEvent['verdict'], Tone> = {
  saved: 'good',
  losses: 'warn',
  stopped: 'warn',
  'source-gone': 'bad',
  failed: 'bad',
};

const SEARCH_LENGTH = 40;

/** How a rescue ended: the verdict, the damaged files, the map, and where everything was put. */
export class ReportView implements View {
  readonly purpose = WORDS.report.purpose;
  readonly title: string;
  readonly #done: DoneEvent;
  #position = LIST_START;
  #rows = 1;
  #search = emptyField(SEARCH_LENGTH);
  #searching = false;

  constructor(done: DoneEvent, title: string) {
    this.#done = done;
    this.title = title;
  }

  get typing(): boolean {
    return this.#searching;
  }

  get keys(): readonly KeyBinding[] {
    return this.#searching ? SEARCH_KEYS : REPORT_KEYS;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const width = area.width - 4;
    const result = this.#resultLines(width);
    const places = this.#placeLines();
    const [top, files, map, bottom] = stackRects(area, [
      { cells: result.length + 2 },
      { share: 3, atLeast: 5 },
      { share: 1, atLeast: 5, droppable: true },
      { cells: places.length + 2 },
    ]) as [Rect, Rect, Rect, Rect];
    return [
      { id: 'result', rect: top, title: WORDS.report.result, lines: result },
      this.#filesPane(files, width),
      {
        id: 'map',
        rect: map,
        title: WORDS.running.map,
        lines: [
          ...mapRows(this.#done.cells, width, Math.max(0, map.height - 3), look.charset),
          legendLine(look.charset),
        ],
      },
      { id: 'places', rect: bottom, title: WORDS.report.places, lines: places },
    ];
  }

  key(key: string, desk: Desk): void {
    if (this.#searching) {
      if (key === 'enter') this.#searching = false;
      else this.#search = typedInto(this.#search, key) ?? this.#search;
      this.#position = LIST_START;
      return;
    }
    if (key === '/') {
      this.#searching = true;
      return;
    }
    if (key === 'enter') {
      desk.home();
      return;
    }
    const moved = moveInList(this.#position, key, this.#items.length, this.#rows);
    if (moved) this.#position = moved;
  }

  get #items(): readonly DamagedItem[] {
    const wanted = this.#search.text.toLowerCase();
    const items = this.#done.damage?.items ?? [];
    return items.filter(({ path }) => path.toLowerCase().includes(wanted));
  }

  #resultLines(width: number): Line[] {
    const done = this.#done;
    const { damage } = done;
    const tone = VERDICT_TONES[done.verdict];
    const lines = wrapText(verdictText(done), width).map((text) => line(toned(tone, text)));
    lines.push(
      line(
        `saved ${bytesText(done.savedBytes)} of ${bytesText(done.domainBytes)}   bad ${bytesText(done.badBytes)}` +
          `   ${plural(done.failedReads, 'read error')}   ${durationText(done.elapsedMs / 1000)}`,
      ),
    );
    if (damage?.traced) {
      lines.push(line(WORDS.report.files(damage.damagedFiles, damage.lostFiles, damage.freeBytes)));
    }
    if (done.unmarkedBytes > 0) lines.push(line(toned('warn', WORDS.report.unmarked(done.unmarkedBytes))));
    return lines;
  }

  #filesPane(rect: Rect, width: number): Pane {
    const items = this.#items;
    const hint = this.#searching || this.#search.text !== '';
    this.#rows = Math.max(1, rect.height - (hint ? 4 : 3));
    const lines = items.map(itemLine);
    const shown =
      lines.length > 0
        ? [line(toned('strong', HEADER)), ...listRows(lines, this.#position, this.#rows)]
        : [line(this.#emptyText())];
    return {
      id: 'files',
      rect,
      title: WORDS.report.damaged,
      corner: listCorner(this.#position, items.length, this.#rows),
      focused: true,
      lines: hint ? [fieldLine(this.#search, WORDS.report.find, width), ...shown] : shown,
    };
  }

  #emptyText(): string {
    const { damage, verdict } = this.#done;
    if (this.#search.text !== '') return WORDS.report.noMatch;
    if (damage) return damage.traced ? WORDS.report.noFiles : WORDS.report.untraced;
    return verdict === 'saved' ? WORDS.report.noFiles : WORDS.report.notYet;
  }

  #placeLines(): Line[] {
    const { map, report } = this.#done;
    return [
      line(`${WORDS.report.map} ${map}`),
      ...(report ? [line(`${WORDS.report.report} ${report}`)] : []),
    ];
  }
}

const HEADER = `  ${'LOST'.padEnd(11)}${'SIZE'.padEnd(11)}${'HOLES'.padEnd(7)}WHERE`;

function itemLine({ lostBytes, sizeBytes, pieceCount, path, stream, kind, recordLost }: DamagedItem): Line {
  const name = stream ? `${path}:${stream}` : path;
  const what = kind === 'file' ? '' : kind === 'directory' ? '  (folder)' : '  (system)';
  const lost = recordLost ? WORDS.report.recordLost : bytesText(lostBytes);
  return line(
    toned('bad', lost.padEnd(11)),
    bytesText(sizeBytes).padEnd(11),
    String(pieceCount).padEnd(7),
    `${name}${what}`,
  );
}

const REPORT_KEYS: readonly KeyBinding[] = [
  { keys: ['enter'], short: 'first screen', long: 'to the first screen' },
  ...LIST_KEYS,
  { keys: ['/'], short: 'find', long: 'only files whose name holds what is typed' },
];

const SEARCH_KEYS: readonly KeyBinding[] = [
  { keys: ['enter'], short: 'done', long: 'keep what was found, and move in it' },
];
