import type { LiveSystem } from '../../jobs/live-system.ts';
import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

const CHOICES = ['stay', 'poweroff', 'reboot'] as const;

/** Where a live image ends: staying comes first, and every running rescue is saved before anything else. */
export class LeaveView implements View {
  readonly title = WORDS.leave.title;
  readonly purpose = WORDS.leave.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.leave);
  readonly #live: LiveSystem;
  #position = LIST_START;

  constructor(live: LiveSystem) {
    this.#live = live;
  }

  panes(area: Rect): readonly Pane[] {
    const rows = CHOICES.map((choice) => line(WORDS.leave[choice]));
    const text = prose(WORDS.leave.saved, area.width - 4);
    const lines = [...listRows(rows, this.#position, rows.length), line(''), ...text];
    return [{ id: 'leave', rect: area, title: WORDS.leave.list, focused: true, lines }];
  }

  key(key: string, desk: Desk): void {
    const moved = moveInList(this.#position, key, CHOICES.length, CHOICES.length);
    if (moved) this.#position = moved;
    if (!isKey(key, KEYS.leave.take)) return;
    const choice = CHOICES[this.#position.index];
    if (choice === 'poweroff' || choice === 'reboot') {
      desk.say(WORDS.leave.leaving);
      this.#live.leave(choice);
    } else desk.back();
  }
}
