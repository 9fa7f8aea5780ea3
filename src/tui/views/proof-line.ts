import type { Line } from '../frame/line.ts';
import { prose } from '../frame/prose.ts';
import { emptyField, fieldLine, type TextField, typedInto } from '../frame/text-field.ts';
import type { Proof } from '../rescue/rescue-choice.ts';
import type { Desk } from '../view.ts';
import { WORDS } from '../words.ts';

/** The line in which somebody types that this very disk is meant. */
export class ProofLine {
  readonly #proof: Proof;
  #typed: TextField;

  constructor(proof: Proof) {
    this.#proof = proof;
    this.#typed = emptyField(proof.wanted.length);
  }

  clear(): void {
    this.#typed = { ...this.#typed, text: '' };
  }

  /** Takes a key; false when it is none that types. */
  key(key: string): boolean {
    const typed = typedInto(this.#typed, key);
    this.#typed = typed ?? this.#typed;
    return typed !== undefined;
  }

  /** Whether the right thing was typed; says so when it was not. */
  proves(desk: Desk): boolean {
    if (this.#typed.text.toUpperCase() === this.#proof.wanted.toUpperCase()) return true;
    desk.say(this.#typed.text === '' ? WORDS.confirm.nothing : WORDS.confirm.wrong, 'warn');
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
