import type { Line } from '../frame/line.ts';
import { prose } from '../frame/prose.ts';
import { emptyField, fieldLine, type TextField, typedInto } from '../frame/text-field.ts';
import { isKey, KEYS } from '../keys.ts';
import type { Proof } from '../rescue/rescue-choice.ts';
import type { Desk } from '../view.ts';
import { WORDS } from '../words.ts';

/** There is room for more than is wanted: what is too long is seen to be, and is wrong, not cut into something else. */
const SPARE = 12;

/** The line in which somebody types that this very disk is meant. */
export class ProofLine {
  readonly #proof: Proof;
  #typed: TextField;

  constructor(proof: Proof) {
    this.#proof = proof;
    this.#typed = emptyField(proof.wanted.length + SPARE);
  }

  clear(): void {
    this.#typed = { ...this.#typed, text: '' };
  }

  /** Takes a key; false when it is none that types. */
  key(key: string): boolean {
    if (isKey(key, KEYS.proof.clear)) {
      this.clear();
      return true;
    }
    const typed = typedInto(this.#typed, key);
    this.#typed = typed ?? this.#typed;
    return typed !== undefined;
  }

  /** Whether the right thing was typed; says so when it was not, and is empty again for the next try. */
  proves(desk: Desk): boolean {
    if (this.#typed.text.toUpperCase() === this.#proof.wanted.toUpperCase()) return true;
    desk.say(this.#typed.text === '' ? WORDS.confirm.nothing : WORDS.confirm.wrong, 'warn');
    this.clear();
    return false;
  }

  lines(width: number): Line[] {
    const { kind, shown, wanted } = this.#proof;
    return [
      ...prose(WORDS.confirm.type(kind, wanted.length), width),
      fieldLine(this.#typed, `${shown} `, width),
    ];
  }
}
