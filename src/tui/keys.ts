/** What a key does somewhere; footers, the help screen and the manual are made from these. */
export interface KeyBinding {
  /** Names as `keyName` gives them; the first one is shown. */
  readonly keys: readonly string[];
  /** One or two words for the footer; without them it is only in the help. */
  readonly short?: string;
  /** What it does, for the help screen and the manual. */
  readonly long: string;
}

/** Keys that mean the same everywhere; no view uses them for anything else. */
export const GLOBAL_KEYS = {
  help: { keys: ['?', 'f1'], short: 'help', long: 'help for this screen' },
  back: { keys: ['escape', 'q', 'C-c'], long: 'one step back; never starts or stops anything' },
  next: { keys: ['tab'], long: 'to the next part of the screen' },
  charts: { keys: ['f2'], long: 'charts in dots, blocks or ASCII' },
  letters: { keys: ['f3'], long: 'larger or smaller letters (live image)' },
  colours: { keys: ['f4'], long: 'with or without colours' },
  keyboard: { keys: ['f5'], long: 'layout of the keyboard (live image)' },
  repaint: { keys: ['C-l'], long: 'draw the screen again' },
  suspend: { keys: ['C-z'], long: 'to the shell; "fg" comes back, jobs go on' },
  quit: {
    keys: ['f10', 'Q'],
    short: 'leave',
    long: 'leave (a running job goes on); in the live image: switch off',
  },
} as const satisfies Record<string, KeyBinding>;

/** Keys of every list. */
export const LIST_KEYS: readonly KeyBinding[] = [
  { keys: ['up', 'down', 'k', 'j'], short: 'choose', long: 'up and down; also k and j' },
  { keys: ['pageup', 'pagedown', 'home', 'end'], long: 'a page up and down; to the first and the last' },
];

const SHOWN: Readonly<Record<string, string>> = {
  escape: 'Esc',
  enter: 'Enter',
  space: 'Space',
  tab: 'Tab',
  backtab: 'Shift-Tab',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  backspace: 'Backspace',
};

/** A key as people call it: `Esc`, `F2`, `Ctrl-L`, `a`. */
export function keyText(key: string): string {
  if (/^f\d+$/.test(key)) return key.toUpperCase();
  if (key.startsWith('C-')) return `Ctrl-${key.slice(2).toUpperCase()}`;
  return SHOWN[key] ?? key;
}

/** `Enter rescue   r resume   ? help`: as many as fit, the most important first and help always. */
export function footerText(bindings: readonly KeyBinding[], columns: number): string {
  const texts = bindings.flatMap(({ keys, short }) => (short ? [`${pairText(keys)} ${short}`] : []));
  const help = `${keyText(GLOBAL_KEYS.help.keys[0])} ${GLOBAL_KEYS.help.short}`;
  const room = columns - help.length;
  const kept: string[] = [];
  let used = 1;
  for (const text of texts) {
    if (used + text.length + 3 > room) break;
    kept.push(text);
    used += text.length + 3;
  }
  return ` ${[...kept, help].join('   ')}`;
}

/** Up and Down belong together; of others the first one stands for all. */
function pairText(keys: readonly string[]): string {
  const [first = '', second = ''] = keys;
  return first === 'up' && second === 'down' ? 'Up Down' : keyText(first);
}
