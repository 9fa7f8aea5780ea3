import type { Widgets } from 'blessed';

const NAMES: Readonly<Record<string, string>> = {
  return: 'enter',
  linefeed: 'enter',
  ' ': 'space',
  'S-tab': 'backtab',
  // Pressed twice in a row.
  'M-escape': 'escape',
};

/**
 * One name for each key: printable ones by themselves (`a`, `A`, `?`), others in words (`enter`, `escape`, `up`,
 * `pagedown`, `f2`, `C-l`, `backspace`, `space`); undefined for what is no key of its own.
 */
export function keyName(character: string | undefined, key: Widgets.Events.IKeyEventArg): string | undefined {
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
