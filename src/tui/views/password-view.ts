import { whyNoPassword } from '../archives/archive-choice.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { emptyField, fieldLine, type TextField, typedInto } from '../frame/text-field.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

const LENGTH = 63;

/** Asks for the password of an archive; what is typed is never shown. A new one is typed twice. */
export class PasswordView implements View {
  readonly title = WORDS.archives.password.title;
  readonly purpose = WORDS.archives.password.purpose;
  readonly hint = '';
  readonly typing = true;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.password);
  readonly #isNew: boolean;
  readonly #next: (password: string, desk: Desk) => void;
  #first: string | undefined;
  #field: TextField = emptyField(LENGTH);

  constructor(isNew: boolean, next: (password: string, desk: Desk) => void) {
    this.#isNew = isNew;
    this.#next = next;
  }

  opened(): void {
    // Back from a later step: nothing that was typed is kept.
    this.#first = undefined;
    this.#field = emptyField(LENGTH);
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const { once, again, about } = WORDS.archives.password;
    const hidden = { ...this.#field, text: '*'.repeat(this.#field.text.length) };
    const lines = [
      ...prose(this.#isNew ? about.new : about.known, width),
      line(''),
      fieldLine(hidden, (this.#first === undefined ? once : again).padEnd(16), width),
    ];
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    return [{ id: 'password', rect, title: this.title, focused: true, lines }];
  }

  key(key: string, desk: Desk): void {
    if (isKey(key, KEYS.password.clear)) this.#field = emptyField(LENGTH);
    else if (isKey(key, KEYS.password.take)) this.#take(desk);
    else this.#field = typedInto(this.#field, key) ?? this.#field;
  }

  #take(desk: Desk): void {
    const { text } = this.#field;
    const wrong = whyNoPassword(text);
    this.#field = emptyField(LENGTH);
    if (wrong !== undefined) desk.say(wrong, 'warn');
    else if (!this.#isNew || this.#first === text) this.#next(text, desk);
    else if (this.#first === undefined) this.#first = text;
    else {
      this.#first = undefined;
      desk.say(WORDS.archives.password.differ, 'warn');
    }
  }
}
