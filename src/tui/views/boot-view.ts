import type { ShownCheck } from '../../jobs/boot/repair-messages.ts';
import type { ToldFinding } from '../../jobs/boot/told-check.ts';
import { verdictLine } from '../../telling/boot-lines.ts';
import { durationText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import type { BootSession } from '../boot/boot-session.ts';
import { explanationLines, findingLines, findingRow, sortedFindings } from '../boot/finding-lines.ts';
import { Cursor } from '../frame/cursor.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, type Tone } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { paragraphs, prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { LinesView } from './lines-view.ts';
import { PathLine } from './path-line.ts';
import { withMeant } from './with-meant.ts';

/** What the screen of the boot check leads to. */
export interface BootActions {
  fix(session: BootSession, name: string, desk: Desk, from: View): void;
  undo(session: BootSession, path: string, desk: Desk, from: View): void;
  /** Another disk or image, by its path. */
  other(path: string, desk: Desk): void;
}

const TONES: Readonly<Record<ShownCheck['verdict'], Tone>> = {
  boots: 'good',
  fails: 'bad',
  unknown: 'warn',
  'no-windows': 'warn',
};

/** Whether Windows will boot from a disk: each thing that decides it, what was found there, and what can be done. */
export class BootView implements View {
  readonly title: string;
  readonly purpose = WORDS.boot.purpose;
  readonly #session: BootSession;
  readonly #actions: BootActions;
  readonly #path = new PathLine();
  readonly #cursor = new Cursor<ToldFinding>(({ name }) => name);
  #asksFor: 'undo' | 'other' = 'other';
  #isAll = false;
  #rows = 1;
  #ticking: NodeJS.Timeout | undefined;

  constructor(name: string, session: BootSession, actions: BootActions) {
    this.title = WORDS.boot.title(name);
    this.#session = session;
    this.#actions = actions;
  }

  get typing(): boolean {
    return this.#path.isOpen;
  }

  get keys(): readonly KeyBinding[] {
    if (this.typing) return bindingsOf(KEYS.path);
    const { again, other, back } = KEYS.boot;
    return bindingsOf(this.#session.check ? KEYS.boot : { again, other, back });
  }

  get hint(): string {
    if (!this.#session.check) return '';
    return this.#session.undoFile === undefined ? WORDS.boot.hint : WORDS.boot.hintUndo;
  }

  dismiss(): boolean {
    return this.#path.close();
  }

  opened(desk: Desk): void {
    if (!this.#session.check && this.#session.sinceMs === undefined) void this.#look(desk);
  }

  closed(): void {
    clearInterval(this.#ticking);
    this.#session.close();
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const { check } = this.#session;
    const said = [...this.#path.lines(WORDS.boot.ask[this.#asksFor], width), ...this.#verdictLines(width)];
    if (!check) return [{ id: 'verdict', rect: area, title: WORDS.boot.verdict, focused: true, lines: said }];
    const findings = this.#shown(check);
    const finding = this.#cursor.on(findings);
    const [top, list, about] = stackRects(area, [
      { cells: Math.min(said.length, Math.max(2, area.height - 17)) + 2 },
      { share: 1, atLeast: 6 },
      { share: 1, atLeast: 9 },
    ]) as [Rect, Rect, Rect];
    this.#rows = Math.max(1, list.height - 2);
    return [
      { id: 'verdict', rect: top, title: WORDS.boot.verdict, lines: said },
      {
        id: 'findings',
        rect: list,
        title: WORDS.boot.list,
        corner: this.#cursor.corner(findings.length, this.#rows),
        focused: true,
        lines: this.#cursor.rows(findings.map(findingRow), this.#rows, !this.typing),
      },
      {
        id: 'about',
        rect: about,
        title: WORDS.boot.about(finding?.name ?? ''),
        lines: finding ? findingLines(finding, check.device, width) : [],
      },
    ];
  }

  key(key: string, desk: Desk): void {
    if (this.typing) {
      if (this.#path.key(key)) this.#take(desk);
      return;
    }
    const { fix, undo, explain, all, again, other } = KEYS.boot;
    if (isKey(key, other)) this.#open('other', '');
    else if (this.#session.sinceMs !== undefined) desk.say(WORDS.boot.busy, 'warn');
    else if (isKey(key, again)) void this.#look(desk);
    else if (isKey(key, undo)) this.#open('undo', this.#session.undoFile ?? '');
    else if (this.#session.check) this.#inList(key, this.#session.check, { fix, explain, all }, desk);
  }

  #inList(
    key: string,
    check: ShownCheck,
    { fix, explain, all }: Pick<typeof KEYS.boot, 'fix' | 'explain' | 'all'>,
    desk: Desk,
  ): void {
    const findings = this.#shown(check);
    if (this.#cursor.move(key, findings, this.#rows)) return;
    const isFix = isKey(key, fix);
    if (isKey(key, all)) this.#isAll = !this.#isAll;
    else if (isFix || isKey(key, explain)) {
      withMeant(this.#cursor, findings, desk, (finding) => {
        if (isFix && finding.fix) this.#actions.fix(this.#session, finding.name, desk, this);
        else this.#explain(finding, check, desk);
      });
    }
  }

  #explain(finding: ToldFinding, { device }: ShownCheck, desk: Desk): void {
    const lines = (width: number): Line[] => [
      ...findingLines(finding, device, width),
      line(''),
      ...explanationLines(finding, width),
    ];
    desk.open(new LinesView(WORDS.boot.about(finding.name), lines, { purpose: WORDS.boot.purpose }));
  }

  #open(what: 'undo' | 'other', text: string): void {
    this.#asksFor = what;
    this.#path.open(text);
  }

  #take(desk: Desk): void {
    const path = this.#path.text;
    if (path !== '' && !path.startsWith('/')) {
      desk.say(WORDS.target.noRelativePath, 'warn');
      return;
    }
    this.#path.close();
    if (path === '') return;
    if (this.#asksFor === 'other') this.#actions.other(path, desk);
    else this.#actions.undo(this.#session, path, desk, this);
  }

  async #look(desk: Desk): Promise<void> {
    // The time that the disk is waited for goes on showing.
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => desk.changed(), 1000);
    await this.#session.look();
    clearInterval(this.#ticking);
    desk.changed();
  }

  /** What this disk does not need is left out, unless all of it is wanted. */
  #shown({ findings }: ShownCheck): readonly ToldFinding[] {
    return sortedFindings(findings).filter(({ state }) => this.#isAll || state !== 'not-applicable');
  }

  #verdictLines(width: number): Line[] {
    const { check, problem, sinceMs, said, undoFile } = this.#session;
    if (!check) {
      if (problem) return paragraphs(problem, width);
      return prose(WORDS.boot.reading(durationText((Date.now() - (sinceMs ?? Date.now())) / 1000)), width);
    }
    const text = verdictLine(check.verdict, check.findings);
    return [
      ...prose(text, width, TONES[check.verdict]),
      ...(problem ? prose(problem.join(' '), width, 'bad') : []),
      ...(check.unfinished ? prose(safeText(WORDS.boot.unfinished(check.unfinished)), width, 'warn') : []),
      ...said.flatMap((each) => prose(safeText(each), width)),
      ...(undoFile === undefined ? [] : prose(safeText(WORDS.boot.undoFile(undoFile)), width)),
    ];
  }
}
