import type { DamagedItem } from '../../rescue/damage.ts';
import { holderName, holeLines, lostText } from '../../telling/damage-table.ts';
import { verdictText } from '../../telling/verdict-text.ts';
import { bytesText, durationText, plural } from '../../text/quantity.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';
import { legendLine, mapRows } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { emptyField, fieldLine, typedInto } from '../frame/text-field.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding, type KeyGroup } from '../keys.ts';
import type { Look } from '../look.ts';
import { damageListOf, noFilesText, noMapText, type ReportData } from '../rescue/report-data.ts';
import { shortName } from '../rescue/short-name.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { LinesView } from './lines-view.ts';
import { ListExport } from './list-export.ts';
import { MapView } from './map-view.ts';

const VERDICT_TONES: Record<ReportData['ended']['verdict'], Tone> = {
  saved: 'good',
  losses: 'warn',
  stopped: 'warn',
  'source-gone': 'bad',
  failed: 'bad',
};

const SEARCH_LENGTH = 40;

/** What a report asks of the outside. */
export interface ReportPorts {
  /** That nobody has written to the source, by the kernel's count; undefined when that cannot be told. */
  readonly proof: (data: ReportData) => string | undefined;
  readonly goOn: (job: string, desk: Desk) => void;
  readonly files: (data: ReportData, desk: Desk, report: View) => void;
  readonly compare: (job: string, desk: Desk) => void;
  readonly boot: {
    /** Whether Windows will boot from the copy, in a sentence or two; undefined where that is no question. */
    readonly hint: (data: ReportData) => Promise<string | undefined>;
    readonly open: (target: string, desk: Desk) => void;
  };
  /** Writes a new text file; resolves to what speaks against it, as a sentence. */
  readonly save: (path: string, text: string, source: string) => Promise<string | undefined>;
}

/** How a rescue ended: the verdict, the damaged files, the map, and where everything was put. */
export class ReportView implements View {
  readonly purpose = WORDS.report.purpose;
  readonly title: string;
  #data: ReportData;
  readonly #ports: ReportPorts;
  readonly #export = new ListExport();
  #position = LIST_START;
  #rows = 1;
  #search = emptyField(SEARCH_LENGTH);
  #searching = false;
  #bootHint: string | undefined;
  #isBootAsked = false;

  constructor(data: ReportData, ports: ReportPorts) {
    this.#data = data;
    this.#ports = ports;
    this.title = WORDS.report.title(shortName(data.source), shortName(data.target));
  }

  /** Takes what was read of the report meanwhile. */
  complete(data: ReportData): void {
    this.#data = { ...data, cells: this.#data.cells || data.cells };
  }

  opened(desk: Desk): void {
    const { verdict } = this.#data.ended;
    if (this.#isBootAsked || (verdict !== 'saved' && verdict !== 'losses')) return;
    this.#isBootAsked = true;
    void this.#ports.boot.hint(this.#data).then((hint) => {
      this.#bootHint = hint;
      desk.changed();
    });
  }

  closed(): void {
    this.#export.close();
  }

  get typing(): boolean {
    return this.#export.isOpen ? this.#export.typing : this.#searching;
  }

  get keys(): readonly KeyBinding[] {
    if (this.#export.isOpen) return this.#export.keys;
    return bindingsOf(this.#searching ? KEYS.find : this.#sensibleKeys);
  }

  get hint(): string {
    const { verdict, undecidedBytes, badBytes } = this.#data.ended;
    if (verdict === 'stopped' || verdict === 'source-gone') return WORDS.report.hintStopped;
    if (undecidedBytes + badBytes > 0) return WORDS.report.hintLosses;
    const { verify } = this.#data;
    return verify && verify.impossible === undefined ? WORDS.report.hintCompared : WORDS.report.hintSaved;
  }

  /** What makes sense next comes first: nothing is to be tried again where all is saved. */
  get #sensibleKeys(): KeyGroup {
    const { goOn, files, boot, compare, map, find, export: exporting, ...rest } = KEYS.report;
    const { verdict, undecidedBytes, badBytes } = this.#data.ended;
    if (verdict === 'stopped' || verdict === 'source-gone') {
      return {
        goOn: { ...goOn, short: WORDS.report.goOn },
        files,
        map,
        boot,
        ...rest,
        compare,
        find,
        exporting,
      };
    }
    if (undecidedBytes + badBytes > 0) return KEYS.report;
    const { short: _, ...quiet } = goOn;
    return { files, boot, compare, map, ...rest, find, exporting, goOn: quiet };
  }

  dismiss(): boolean {
    if (this.#export.close()) return true;
    const wasOpen = this.#searching || this.#search.text !== '';
    this.#searching = false;
    this.#search = emptyField(SEARCH_LENGTH);
    return wasOpen;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const width = area.width - 4;
    const result = this.#resultLines(width);
    const places = this.#placeLines(width);
    const [top, files, map, bottom] = stackRects(area, [
      { cells: Math.min(result.length + 2, area.height - 10) },
      { share: 3, atLeast: 5 },
      { share: 2, atLeast: 5, droppable: true },
      { cells: places.length + 2 },
    ]) as [Rect, Rect, Rect, Rect];
    return [
      {
        id: 'result',
        rect: top,
        title: WORDS.report.result,
        corner: result.length > top.height - 2 ? WORDS.report.notAll(result.length) : '',
        lines: result,
      },
      this.#filesPane(files, width),
      {
        id: 'map',
        rect: map,
        title: WORDS.running.map,
        lines: this.#mapLines(width, Math.max(0, map.height - 3), look),
      },
      { id: 'places', rect: bottom, title: WORDS.report.places, lines: places },
    ];
  }

  key(key: string, desk: Desk): void {
    if (this.#export.isOpen) {
      const path = this.#export.key(key);
      if (path !== undefined) this.#write(path, desk);
      return;
    }
    if (this.#searching) {
      if (isKey(key, KEYS.find.done)) this.#searching = false;
      else this.#search = typedInto(this.#search, key) ?? this.#search;
      this.#position = LIST_START;
      return;
    }
    const { find, export: exporting, map, detail, all, goOn, files, compare, boot } = KEYS.report;
    const { job } = this.#data;
    if (isKey(key, find)) this.#searching = true;
    else if (isKey(key, exporting)) this.#export.open(`${job ?? '.'}/${WORDS.report.listName}`);
    else if (isKey(key, map)) this.#openMap(desk);
    else if (isKey(key, detail)) this.#openDetail(desk);
    else if (isKey(key, all)) {
      desk.open(new LinesView(WORDS.report.result, (width) => this.#resultLines(width)));
    } else if (isKey(key, goOn)) this.#withJob(desk, (folder) => this.#ports.goOn(folder, desk));
    else if (isKey(key, files)) this.#openFiles(desk);
    else if (isKey(key, boot)) this.#ports.boot.open(this.#data.target, desk);
    else if (isKey(key, compare)) this.#withJob(desk, (folder) => this.#ports.compare(folder, desk));
    else this.#position = moveInList(this.#position, key, this.#items.length, this.#rows) ?? this.#position;
  }

  #openFiles(desk: Desk): void {
    const { away } = this.#data;
    if (away === undefined) this.#ports.files(this.#data, desk, this);
    else desk.say(away, 'warn');
  }

  #withJob(desk: Desk, act: (folder: string) => void): void {
    if (this.#data.job === undefined) desk.say(WORDS.report.noJob, 'warn');
    else act(this.#data.job);
  }

  #openMap(desk: Desk): void {
    const { job, sourceBytes: sizeBytes, cells } = this.#data;
    if (sizeBytes === undefined || cells === '') {
      desk.say(noMapText(this.#data), 'warn');
      return;
    }
    desk.open(
      new MapView({
        sizeBytes,
        cells: () => this.#data.cells,
        job,
        isMoving: () => false,
        files: () => this.#data.files ?? [],
      }),
    );
  }

  #openDetail(desk: Desk): void {
    const item = this.#items[this.#position.index];
    if (!item) return;
    const holder = this.#data.files?.find(
      (each) => each.path === item.path && each.stream === item.stream && each.attribute === item.attribute,
    );
    const lines = (width: number): Line[] => [
      ...prose(holderName(item), width, 'strong'),
      ...prose(WORDS.report.detail(lostText(item), bytesText(item.sizeBytes), item.pieceCount), width),
      line(''),
      ...(holder ? holeLines(holder) : [WORDS.report.holesLater]).flatMap((text) => prose(text, width)),
    ];
    desk.open(new LinesView(WORDS.report.holes, lines, { purpose: WORDS.report.holesPurpose }));
  }

  #write(path: string, desk: Desk): void {
    const list = damageListOf(this.#data);
    if (list === undefined) {
      desk.say(WORDS.report.listLater, 'warn');
      return;
    }
    void this.#export.wait(path, this.#ports.save(path, list, this.#data.source), desk, this);
  }

  get #items(): readonly DamagedItem[] {
    const wanted = this.#search.text.toLowerCase();
    const items = this.#data.damage?.items ?? [];
    return wanted === '' ? items : items.filter(({ path }) => path.toLowerCase().includes(wanted));
  }

  #resultLines(width: number): Line[] {
    const { ended, damage, verify } = this.#data;
    const lines = prose(verdictText(ended, WORDS.report.goesOn), width, VERDICT_TONES[ended.verdict]);
    lines.push(
      line(
        `saved ${bytesText(ended.savedBytes)} of ${bytesText(ended.domainBytes)}   bad ${bytesText(ended.badBytes)}` +
          `   ${plural(ended.failedReads, 'read error')}   ${durationText(ended.elapsedMs / 1000)}`,
      ),
    );
    if (damage?.traced) lines.push(...prose(WORDS.report.files(damage), width));
    if (verify) {
      const isGood = verify.differentBytes === 0 && verify.impossible === undefined;
      lines.push(...prose(WORDS.report.verified(verify), width, isGood ? 'good' : 'bad'));
    }
    if (ended.unmarkedBytes > 0)
      lines.push(...prose(WORDS.report.unmarked(ended.unmarkedBytes), width, 'warn'));
    for (const note of damage?.notes ?? []) lines.push(...prose(note, width));
    const proof = this.#ports.proof(this.#data);
    if (proof !== undefined) lines.push(...prose(proof, width));
    if (this.#bootHint !== undefined) lines.push(...prose(this.#bootHint, width));
    return lines;
  }

  #filesPane(rect: Rect, width: number): Pane {
    const items = this.#items;
    const hint = this.#searching || this.#search.text !== '';
    const typed = this.#export.isOpen
      ? this.#export.lines(width)
      : hint
        ? [fieldLine(this.#search, WORDS.report.find, width)]
        : [];
    this.#rows = Math.max(1, rect.height - 3 - typed.length);
    const lines = items.map(itemLine);
    const shown =
      lines.length > 0
        ? [line(toned('strong', HEADER)), ...listRows(lines, this.#position, this.#rows, !this.typing)]
        : [line(this.#emptyText())];
    return {
      id: 'files',
      rect,
      title: WORDS.report.damaged,
      corner: listCorner(this.#position, items.length, this.#rows),
      focused: true,
      lines: [...typed, ...shown],
    };
  }

  #emptyText(): string {
    return this.#search.text === '' ? noFilesText(this.#data) : WORDS.report.noMatch;
  }

  /** Empty cells would say that all of it is free. */
  #mapLines(width: number, rows: number, look: Look): Line[] {
    const { cells } = this.#data;
    if (cells === '') return prose(noMapText(this.#data), width, 'warn');
    return [...mapRows(cells, width, rows, look.charset), legendLine(look.charset, width)];
  }

  #placeLines(width: number): Line[] {
    const { target, map, job, away } = this.#data;
    const rows: [string, string | undefined][] = [
      [WORDS.report.copy, target],
      [WORDS.report.map, map],
      [WORDS.report.report, job],
    ];
    const lines = rows.flatMap(([what, path]) => (path ? prose(`${what} ${path}`, width).slice(0, 1) : []));
    return away === undefined ? lines : [...lines, ...prose(away, width, 'warn')];
  }
}

const HEADER = `  ${'LOST'.padEnd(11)}${'SIZE'.padEnd(11)}${'HOLES'.padEnd(7)}WHERE`;

function itemLine(item: DamagedItem): Line {
  const what = item.kind === 'file' ? '' : item.kind === 'directory' ? '  (folder)' : '  (system)';
  return line(
    toned('bad', lostText(item).padEnd(11)),
    bytesText(item.sizeBytes).padEnd(11),
    String(item.pieceCount).padEnd(7),
    `${holderName(item)}${what}`,
  );
}
