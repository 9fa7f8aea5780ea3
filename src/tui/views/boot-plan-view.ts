import type { ShownPlan } from '../../jobs/boot/repair-messages.ts';
import { byteRows } from '../../telling/byte-rows.ts';
import { bytesText, durationText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import type { BootSession } from '../boot/boot-session.ts';
import { LIST_START, listCorner, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Proof } from '../rescue/rescue-choice.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { NoticeView } from './notice-view.ts';
import { ProofLine } from './proof-line.ts';

const TONES: Readonly<Record<'-' | '+' | ' ', Tone>> = { '-': 'bad', '+': 'good', ' ': 'plain' };

/** Every byte that a fix, or its undoing, changes, before and after; written only after a proof that it is meant. */
export class BootPlanView implements View {
  readonly title: string;
  readonly purpose = WORDS.boot.plan.purpose;
  readonly typing = true;
  readonly #plan: ShownPlan;
  readonly #session: BootSession;
  readonly #proof: ProofLine;
  #first = 0;
  #rows = 1;
  #ticking: NodeJS.Timeout | undefined;

  constructor(name: string, plan: ShownPlan, session: BootSession, proof: Proof) {
    this.title = WORDS.boot.plan.title[plan.kind](name);
    this.#plan = plan;
    this.#session = session;
    this.#proof = new ProofLine(proof);
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(KEYS.bootPlan);
  }

  get hint(): string {
    return WORDS.boot.plan.hint[this.#plan.kind];
  }

  closed(): void {
    clearInterval(this.#ticking);
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const does = this.#plan.does.flatMap((text, i) =>
      prose(safeText(text), width, i === 0 ? 'strong' : 'plain'),
    );
    const last = this.#lastLines(width);
    const [top, middle, bottom] = stackRects(area, [
      { cells: Math.min(does.length, Math.max(2, area.height - 13)) + 2 },
      { share: 1, atLeast: 6 },
      { cells: last.length + 2 },
    ]) as [Rect, Rect, Rect];
    const rows = this.#byteLines(width);
    this.#rows = Math.max(1, middle.height - 2);
    this.#first = Math.max(0, Math.min(this.#first, rows.length - this.#rows));
    const at = { index: this.#first, first: this.#first };
    return [
      { id: 'does', rect: top, title: WORDS.target.what, lines: does },
      {
        id: 'bytes',
        rect: middle,
        title: WORDS.boot.plan.bytes,
        corner: listCorner(at, rows.length, this.#rows),
        lines: rows.slice(this.#first, this.#first + this.#rows),
      },
      { id: 'proof', rect: bottom, title: WORDS.confirm.proof, focused: true, lines: last },
    ];
  }

  key(key: string, desk: Desk): void {
    if (this.#session.sinceMs !== undefined) return;
    if (isKey(key, KEYS.bootPlan.start)) {
      if (this.#proof.proves(desk)) void this.#write(desk);
      return;
    }
    if (this.#proof.key(key)) return;
    // It never goes further than there are rows: the next drawing sees to that.
    const at = { ...LIST_START, index: this.#first };
    this.#first = moveInList(at, key, Number.MAX_SAFE_INTEGER, this.#rows)?.index ?? this.#first;
  }

  async #write(desk: Desk): Promise<void> {
    this.#ticking = setInterval(() => desk.changed(), 1000);
    const problem = await this.#session.write();
    clearInterval(this.#ticking);
    // Who has left meanwhile finds what came of it on the screen of the check.
    if (desk.shows(this)) desk.back();
    if (problem) desk.open(new NoticeView(WORDS.boot.notWritten, problem, 'bad'));
    desk.changed();
  }

  #byteLines(width: number): Line[] {
    const { pieces, moreBytes } = this.#plan;
    const rows = byteRows(pieces).flatMap(({ sign, text }) =>
      sign === undefined
        ? prose(safeText(text), width, 'strong')
        : [line(toned(TONES[sign], `${sign} ${text}`))],
    );
    if (rows.length === 0) return prose(WORDS.boot.plan.noBytes, width);
    return moreBytes === 0 ? rows : [...rows, ...prose(WORDS.boot.plan.more(bytesText(moreBytes)), width)];
  }

  #lastLines(width: number): Line[] {
    const { sinceMs } = this.#session;
    if (sinceMs === undefined) return this.#proof.lines(width);
    return prose(WORDS.boot.plan.writing(durationText((Date.now() - sinceMs) / 1000)), width);
  }
}
