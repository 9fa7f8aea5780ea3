import type { Widgets } from 'blessed';

const NAMES: Readonly<Record<string, string>> = {
  return: 'enter',
  linefeed: 'enter',
  ' ': 'space',
  'S-tab': 'backtab',
};

const ESCAPE = '\u001b';

/**
 * One name for each key: printable ones by themselves (`a`, `A`, `?`), others in words (`enter`, `escape`, `up`,
 * `pagedown`, `f2`, `C-l`, `backspace`, `space`); undefined for what is no key of its own.
 */
function keyName(character: string | undefined, key: Widgets.Events.IKeyEventArg): string | undefined {
  const { full, name, ctrl } = key;
  // Terminals send CR for Enter; blessed tells it twice, as `enter` and as `return`.
  if (full === 'return') return undefined;
  if (
    !ctrl &&
    character !== undefined &&
    character.length === 1 &&
    character > ' ' &&
    character !== '\u007f'
  ) {
    return character;
  }
  const called = full ?? name;
  if (called === undefined || called === '') return undefined;
  return NAMES[called] ?? called;
}

/**
 * The names of the keys that blessed tells as one. On a slow line or a busy machine Esc and the key after it are read
 * together, which looks like that key with Alt; no key here is pressed with Alt, so it is both, one after the other.
 * (Of Esc and a sign such as `/`, blessed tells nothing: they have to be pressed again.)
 */
export function keyNames(character: string | undefined, key: Widgets.Events.IKeyEventArg): readonly string[] {
  const { sequence = '' } = key;
  if (sequence.length === 2 && sequence.startsWith(ESCAPE)) return ['escape', oneKey(sequence.slice(1))];
  const name = keyName(character, key);
  const isAfterEscape = sequence.startsWith(ESCAPE + ESCAPE);
  return [...(isAfterEscape ? ['escape'] : []), ...(name === undefined ? [] : [name])];
}

/** The name of a key by the one character that it sends. */
function oneKey(sent: string): string {
  if (sent === ESCAPE) return 'escape';
  if (sent === ' ') return 'space';
  return sent === '\u007f' || sent === '\b' ? 'backspace' : sent;
}
