/** What a key does somewhere; footers, the help screen and the manual are made from these. */
export interface KeyBinding {
  /** Names as `keyName` gives them; the first one is shown. */
  readonly keys: readonly string[];
  /** One or two words for the footer; without them it is only in the help. */
  readonly short?: string;
  /** What it does, for the help screen and the manual. */
  readonly long: string;
}

/** Keys of a screen, or of a state of it, the most important first. */
export type KeyGroup = Readonly<Record<string, KeyBinding>>;

/** Keys that mean the same everywhere; no view uses them for anything else. */
export const GLOBAL_KEYS = {
  help: { keys: ['?', 'f1'], short: 'help', long: 'help: this screen and all its keys, first aid' },
  back: { keys: ['escape', 'q', 'C-c'], long: 'one step back; never starts or stops anything' },
  charts: { keys: ['f2'], long: 'charts in dots, blocks or ASCII' },
  letters: { keys: ['f3'], long: 'larger or smaller letters (live image)' },
  colours: { keys: ['f4'], long: 'with or without colours' },
  keyboard: { keys: ['f5'], long: 'layout of the keyboard (live image)' },
  settings: { keys: ['f6'], long: 'settings: what F2 to F5 change, for always' },
  repaint: { keys: ['C-l'], long: 'draw the screen again' },
  suspend: { keys: ['C-z'], long: 'to the shell; "fg" comes back, jobs go on' },
  quit: {
    keys: ['f10', 'Q'],
    short: 'leave',
    long: 'leave (a running job goes on); in the live image: switch off',
  },
} as const satisfies KeyGroup;

/** Keys of every list. */
const LIST = {
  move: { keys: ['up', 'down', 'k', 'j'], short: 'choose', long: 'up and down; also k and j' },
  page: {
    keys: ['pageup', 'pagedown', 'home', 'end'],
    long: 'a page up and down; Home and End to the first and the last',
  },
} as const satisfies KeyGroup;

/** Keys of every line in which something is typed. */
const CLEAR = {
  clear: { keys: ['C-u'], short: 'clear', long: 'clear what was typed' },
} as const satisfies KeyGroup;

const back = (long: string): { readonly back: KeyBinding } => ({
  back: { keys: ['escape'], short: 'back', long },
});

/** The keys of all screens. */
export const KEYS = {
  disks: {
    rescue: {
      keys: ['enter'],
      short: 'rescue it',
      long: 'save what the chosen disk or partition holds to another one',
    },
    jobs: { keys: ['r'], short: 'jobs', long: 'see what was begun, watch it or go on with it' },
    tab: { keys: ['tab'], long: 'to what was begun, and back to the disks' },
    images: {
      keys: ['i'],
      short: 'images',
      long: 'images of healthy volumes: save, restore, check, look into',
    },
    archives: {
      keys: ['v'],
      short: 'archives',
      long: 'archives of file systems, to move them to other partitions: save, restore, check',
    },
    boot: {
      keys: ['b'],
      short: 'boot',
      long: 'check whether Windows will boot from the chosen disk, and mend it',
    },
    ...LIST,
    settings: { keys: ['c'], short: 'settings', long: 'colours, charts, letters, keyboard; also F6' },
  },
  source: {
    next: { keys: ['enter'], short: 'next', long: 'on to where the copy goes' },
    ...LIST,
    ...back('back to the disks'),
  },
  target: {
    next: {
      keys: ['enter'],
      short: 'next',
      long: 'on to how hard it shall be tried; nothing is written yet',
    },
    ...LIST,
    path: { keys: ['p'], short: 'other path', long: 'type another name or path for the new file' },
    ...back('back to what shall be saved'),
  },
  volumes: {
    take: { keys: ['enter'], short: 'look into it', long: 'look into the chosen partition' },
    ...LIST,
    ...back('back to the report'),
  },
  folders: {
    next: { keys: ['enter'], short: 'copy there', long: 'copy into the chosen drive or folder' },
    ...LIST,
    path: { keys: ['p'], short: 'other folder', long: 'type the path of another folder' },
    ...back('back to the files'),
  },
  drives: {
    next: { keys: ['enter'], short: 'look there', long: 'look for images in the chosen drive or folder' },
    ...LIST,
    path: { keys: ['p'], short: 'other folder', long: 'type the path of a folder, or of an image' },
    ...back('back'),
  },
  switches: {
    next: { keys: ['enter'], short: 'next', long: 'on; nothing is written yet' },
    change: { keys: ['space'], short: 'switch', long: 'switch the chosen line on or off' },
    ...LIST,
    ...back('back'),
  },
  images: {
    take: { keys: ['enter'], short: 'do it', long: 'do what is chosen, or watch what is at work' },
    ...LIST,
    ...back('back to the disks; what is at work goes on'),
  },
  search: {
    open: { keys: ['enter', 'right'], short: 'open', long: 'open the chosen folder or image' },
    up: { keys: ['left', 'backspace'], short: 'up', long: 'to the folder above' },
    ...LIST,
    ...back('back'),
  },
  image: {
    take: { keys: ['enter'], short: 'do it', long: 'do what is chosen' },
    ...LIST,
    ...back('back'),
  },
  imageTask: {
    stop: { keys: ['s'], short: 'stop', long: 'stop in good order; a save goes on later' },
    ...back('back; it goes on'),
  },
  boot: {
    fix: {
      keys: ['enter'],
      short: 'fix it',
      long: 'show every byte that a fix would change; nothing is written yet',
    },
    ...LIST,
    undo: { keys: ['u'], short: 'undo', long: 'put back what fixes have changed, from their undo file' },
    explain: {
      keys: ['e'],
      short: 'explain',
      long: 'all about the chosen line: what it is, what a fix does',
    },
    all: { keys: ['a'], long: 'also what this disk does not need, or only what it needs' },
    again: { keys: ['r'], short: 'again', long: 'check it again' },
    other: { keys: ['p'], short: 'other', long: 'check another disk, or an image of one, by its path' },
    ...back('back'),
  },
  bootPlan: {
    start: {
      keys: ['enter'],
      short: 'write, once it is typed',
      long: 'write these bytes, if what was typed is right; else nothing happens',
    },
    scroll: {
      keys: ['up', 'down', 'pageup', 'pagedown', 'home', 'end'],
      short: 'scroll',
      long: 'through all bytes',
    },
    ...back('back; nothing happens'),
    // There is no room for it in the footer.
    ...CLEAR,
  },
  written: {
    boot: { keys: ['b'], short: 'boot check', long: 'check whether Windows will boot from it, and mend it' },
    back: { keys: ['enter', 'escape'], short: 'back', long: 'back' },
  },
  marks: {
    next: { keys: ['enter'], short: 'next', long: 'on with what is marked, or else with what is chosen' },
    mark: { keys: ['space'], short: 'mark', long: 'mark the chosen file system, or unmark it' },
    ...LIST,
    ...back('back'),
  },
  values: {
    next: { keys: ['enter'], short: 'next', long: 'on; nothing is written yet' },
    change: { keys: ['space', 'right'], short: 'change', long: 'the next value of the chosen line' },
    before: { keys: ['left'], long: 'the value before' },
    ...LIST,
    ...back('back'),
  },
  password: {
    take: { keys: ['enter'], short: 'take it', long: 'take the password that was typed' },
    clear: { keys: ['C-u'], short: 'clear', long: 'clear what was typed' },
    ...back('back; nothing happens'),
  },
  mapping: {
    choose: {
      keys: ['enter'],
      short: 'target',
      long: 'choose the partition that the chosen file system goes to',
    },
    next: { keys: ['n'], short: 'next', long: 'on to the check; nothing is written yet' },
    leave: { keys: ['x'], short: 'leave out', long: 'do not restore the chosen file system' },
    ...LIST,
    ...back('back'),
  },
  archiveList: {
    find: { keys: ['/'], short: 'find', long: 'only what has in its path what is typed' },
    ...LIST,
    ...back('back'),
  },
  archiveTask: {
    stop: { keys: ['s'], short: 'stop', long: 'stop in good order; nothing stays mounted' },
    ...back('back; it goes on'),
  },
  path: {
    take: { keys: ['enter'], short: 'take it', long: 'take the path that was typed' },
    ...CLEAR,
    back: { keys: ['escape'], short: 'back', long: 'leave it as it was' },
  },
  manner: {
    next: { keys: ['enter'], short: 'next', long: 'on to the check; nothing is written yet' },
    change: { keys: ['space'], short: 'switch', long: 'switch the chosen line on or off' },
    folders: {
      keys: ['f'],
      short: 'folders first',
      long: 'look into the volume and mark what shall be saved first',
    },
    ...LIST,
    ...back('back to where the copy goes'),
  },
  files: {
    mark: {
      keys: ['space'],
      short: 'mark',
      long: 'mark the chosen file or folder to be saved first, or unmark it',
    },
    open: { keys: ['enter', 'right'], short: 'open', long: 'open the chosen folder' },
    up: { keys: ['left', 'backspace'], short: 'up', long: 'to the folder above' },
    ...LIST,
    done: { keys: ['escape'], short: 'done', long: 'done; what is marked stays marked' },
  },
  copies: {
    mark: { keys: ['space'], short: 'mark', long: 'mark the chosen file or folder, or unmark it' },
    copy: {
      keys: ['c'],
      short: 'copy out',
      long: 'copy what is marked, or else what is chosen, to another place',
    },
    open: { keys: ['enter', 'right'], short: 'open', long: 'open the chosen folder' },
    up: { keys: ['left', 'backspace'], short: 'up', long: 'to the folder above' },
    ...LIST,
    ...back('back'),
  },
  proof: {
    start: {
      keys: ['enter'],
      short: 'start, once it is typed',
      long: 'start, if what was typed is right; else nothing happens',
    },
    ...CLEAR,
    ...back('back; nothing happens'),
  },
  confirm: {
    start: { keys: ['enter'], short: 'start', long: 'start; nothing that is there is lost' },
    ...back('back; nothing happens'),
  },
  running: {
    stop: {
      keys: ['s'],
      short: 'stop and keep all',
      long: 'stop; what is saved stays saved, and it can go on later',
    },
    pause: {
      keys: ['p'],
      short: 'pause',
      long: 'ask nothing more of the disk until you say so; again: go on',
    },
    map: { keys: ['m'], short: 'map', long: 'the map on the whole screen, to zoom into' },
    places: { keys: ['e'], short: 'errors', long: 'all places that could not be read, the worst first' },
    log: { keys: ['l'], short: 'log', long: 'the whole log' },
    part: { keys: ['tab'], long: 'other charts and lists in the place below the map' },
  },
  stopping: {
    skip: { keys: ['s'], short: 'stop at once', long: 'do not wait until unread sectors are marked' },
  },
  dead: {
    goOn: { keys: ['r'], short: 'go on with it', long: 'begin again where it ended' },
    ...back('back to the first screen'),
  },
  hopeless: {
    try: { keys: ['t'], short: 'try them', long: 'try every sector of what is probably lost' },
    leave: { keys: ['l'], short: 'leave them', long: 'leave them alone; they can be tried later' },
    stop: {
      keys: ['s'],
      short: 'stop and keep all',
      long: 'stop; what is saved stays saved, and it is asked again when it goes on',
    },
  },
  table: {
    fix: {
      keys: ['f'],
      short: 'fix it',
      long: 'write both copies of the partition table as they have to be',
    },
    leave: { keys: ['l'], short: 'leave it', long: 'leave it as it was on the source' },
  },
  map: {
    closer: { keys: ['+', 'enter'], short: 'closer', long: 'look closer at where the cursor is' },
    wider: { keys: ['-'], short: 'wider', long: 'see more at once' },
    move: {
      keys: ['left', 'right', 'up', 'down', 'home', 'end'],
      short: 'move',
      long: 'move the cursor; Home and End to the first and last cell',
    },
    bad: {
      keys: ['n', 'N'],
      short: 'next bad',
      long: 'to the next place that is bad or was put off; N: to the one before',
    },
    ...back('back'),
  },
  lines: {
    ...LIST,
    ...back('back'),
  },
  report: {
    goOn: { keys: ['r'], short: 'try again', long: 'go on: try again what could not be read' },
    files: { keys: ['f'], short: 'files', long: 'look into the copy, and copy files out of it' },
    boot: {
      keys: ['b'],
      short: 'boot',
      long: 'check whether Windows will boot from the copy, and mend it',
    },
    find: { keys: ['/'], short: 'find', long: 'only damaged files whose name holds what is typed' },
    export: { keys: ['x'], short: 'export', long: 'write the list of damaged files to a text file' },
    map: { keys: ['m'], short: 'map', long: 'the map on the whole screen, to zoom into' },
    detail: { keys: ['enter'], long: 'where the holes of the chosen file are' },
    all: { keys: ['a'], long: 'all that is said of the result, where there is no room for it' },
    compare: {
      keys: ['v'],
      short: 'compare',
      long: 'compare the copy with what was read from the source',
    },
    ...LIST,
    ...back('back to the first screen'),
  },
  find: {
    done: { keys: ['enter'], short: 'done', long: 'keep what was found, and move in it' },
    back: { keys: ['escape'], short: 'all again', long: 'show all again' },
  },
  jobs: {
    sensible: {
      keys: ['enter'],
      short: 'watch, go on, report',
      long: 'what makes sense next: watch it, go on with it, or read its report',
    },
    ...LIST,
    goOn: { keys: ['r'], short: 'go on', long: 'go on with the chosen job, also to try again what was lost' },
    report: { keys: ['o'], short: 'report', long: 'the report of its last run' },
    compare: { keys: ['v'], short: 'compare', long: 'compare its copy with what was read from the source' },
    again: { keys: ['a'], long: 'look for jobs again' },
    ...back('back to the disks'),
  },
  task: {
    stop: { keys: ['s'], short: 'stop', long: 'stop it in good order' },
    ...back('back; it is stopped'),
  },
  wait: back('back; it does not begin'),
  writing: back('back; what is being written is not waited for'),
  notice: { back: { keys: ['enter', 'escape'], short: 'back', long: 'back' } },
  leave: {
    take: { keys: ['enter'], short: 'do it', long: 'do what is chosen' },
    ...LIST,
    ...back('back; nothing happens'),
  },
  keyboard: {
    take: { keys: ['enter'], short: 'take it', long: 'set this layout, and remember it on the stick' },
    ...LIST,
    ...back('back; the layout stays'),
  },
  settings: {
    change: {
      keys: ['enter', 'space', 'right'],
      short: 'change',
      long: 'the next value of the chosen setting; it is remembered',
    },
    before: { keys: ['left'], long: 'the value before' },
    ...LIST,
    ...back('back'),
  },
  help: {
    page: {
      keys: ['1', '2', '3', '4', '5'],
      short: 'page',
      long: 'first aid, this screen and its keys, keys that work everywhere, signs, about',
    },
    turn: { keys: ['right', 'left', 'tab'], short: 'turn', long: 'to the next page, to the one before' },
    scroll: { keys: ['up', 'down', 'k', 'j'], short: 'scroll', long: 'up and down in a page' },
    ...back('back to where you were'),
  },
} as const satisfies Readonly<Record<string, KeyGroup>>;

/** The bindings of a group, in its order. */
export const bindingsOf = (group: KeyGroup): readonly KeyBinding[] => Object.values(group);

/** Whether a key, by its name, is one of a binding. */
export const isKey = (key: string, { keys }: Pick<KeyBinding, 'keys'>): boolean => keys.includes(key);

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

/** Keys that belong together: the arrows, two that undo each other; of others the first one stands for all. */
function pairText(keys: readonly string[]): string {
  const [first = '', second = ''] = keys;
  if (first === 'left' && second === 'right') return 'Arrows';
  if (first === '1') return `1-${keys.length}`;
  return first === 'up' && second === 'down' ? 'Up Down' : keyText(first);
}
