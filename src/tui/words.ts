import type { JobState } from '../jobs/job-list.ts';
import type { DamageSummary } from '../rescue/damage.ts';
import type { MapCell } from '../rescue/map-cells.ts';
import type { CheckedTarget } from '../rescue/verify.ts';
import { hiddenDisksText } from '../telling/hidden-disks.ts';
import { bytesText, plural } from '../text/quantity.ts';
import type { ChartAlphabet } from './look.ts';

const ALPHABET_WORDS: Record<ChartAlphabet, string> = {
  braille: 'in dots',
  blocks: 'in blocks',
  ascii: 'in ASCII',
};

/** Where a job stands, in a list. */
const STATE_WORDS: Record<JobState, string> = {
  running: 'running',
  interrupted: 'interrupted',
  damaged: 'folder damaged',
  away: 'drive not here',
  saved: 'everything is saved',
  losses: 'finished with losses',
  stopped: 'stopped by you',
  'source-gone': 'the source vanished',
  failed: 'failed',
};

/** What Enter does with it. */
const SENSIBLE_WORDS: Record<JobState, string> = {
  running: 'watch it',
  interrupted: 'go on',
  damaged: 'go on',
  away: 'go on',
  saved: 'report',
  losses: 'report',
  stopped: 'go on',
  'source-gone': 'go on',
  failed: 'go on',
};

/** What a job can do next, said on the list of jobs. */
const NEXT_WORDS: Record<JobState, string> = {
  running: 'Enter watches it. It goes on by itself, also when nobody looks.',
  interrupted: 'Enter goes on with it: what was saved stays saved.',
  stopped: 'Enter goes on with it: what was saved stays saved.',
  'source-gone': 'Check cable and power of the source, then Enter goes on with it.',
  failed: 'Enter goes on with it; o shows what went wrong.',
  saved: 'Enter shows its report. Keep the map with the copy.',
  losses: 'Enter shows its report; r tries again what could not be read.',
  damaged: 'Its folder cannot be made out. Its map has all that counts.',
  away: 'The drive with its folder is not here: plug it in, then press a.',
};

const CELL_WORDS: Record<MapCell, string> = {
  '+': 'saved',
  '~': 'partly saved, the rest not tried yet',
  '?': 'not tried yet',
  '*': 'failed once, to be tried again',
  '-': 'holds bad sectors',
  ' ': 'nothing to save: free space',
};

/** What needs room. */
interface Room {
  readonly name: string;
  readonly usedBytes: number;
  readonly sizeBytes: number;
}

/** Of files that a folder has too many of to look into each. */
const unlooked = (count: number): string =>
  count === 0 ? '' : `; ${count} more ${count === 1 ? 'was' : 'were'} not looked into`;

/**
 * Everything the dashboard says. Short, plain, and in one place. Only what keys do is said elsewhere: in the table of
 * keys, from which footers, help and manual are made.
 */
export const WORDS = {
  name: 'LIFEBOAT',
  lock: '[LOCK] sources only read',
  live: {
    lock: '[LOCK] disks read-only',
    noLock: 'NEW DISKS NOT LOCKED',
    kept: 'work: on the stick',
    memory: 'work: ONLY IN MEMORY',
  },
  leave: {
    title: 'Switch off',
    purpose: 'Switches the computer off, or restarts it. Every running rescue is saved before.',
    list: 'What now?',
    stay: 'Stay here',
    poweroff: 'Switch the computer off',
    reboot: 'Restart the computer',
    saved:
      'A running rescue is stopped, and what it knows is saved, before anything is switched off. It goes on with r ' +
      'after the next start.',
    leaving: 'Stopping. What is known of every rescue is being saved.',
  },
  keyboard: {
    title: 'Keyboard',
    purpose: 'Choose how the keys of this keyboard are arranged. It is remembered on the stick.',
    list: 'Layout of the keyboard',
    now: (name: string): string => `The keyboard is ${name} now.`,
    not: (name: string, problem: string): string => `The keyboard could not be set to ${name}: ${problem}`,
  },
  settings: {
    title: 'Settings',
    purpose: 'How everything looks, for always. F2 and F4 change charts and colours for now only.',
    list: 'Settings: Enter changes the chosen one',
    sample: 'That is what it looks like',
    kept: 'What you change is remembered.',
    keptOnStick: 'What you change is remembered on the stick, while it is attached.',
    notKept: (problem: string): string => `It holds until you leave, but is not remembered: ${problem}.`,
    said: 'For this run the command line says something else.',
    rows: {
      colours: {
        name: 'Colours',
        long: 'Nothing is said by a colour alone: without them it is bold and reversed letters, and the same words.',
        values: { auto: 'as the terminal can', on: 'always', off: 'never' },
      },
      charts: {
        name: 'Charts',
        long: 'What curves are drawn with. Dots are the finest; if you see boxes or question marks in their place, take blocks or ASCII.',
        values: { auto: 'as the terminal can', braille: 'dots', blocks: 'blocks', ascii: 'ASCII' },
      },
      signs: {
        name: 'Frames and signs',
        long: 'If frames look like letters, take ASCII.',
        values: { auto: 'as the terminal can', ascii: 'ASCII alone' },
      },
      letters: { name: 'Letters', long: 'Larger or smaller letters on this screen.', values: {} },
      keyboard: { name: 'Keyboard', long: 'How the keys are arranged, for what must be typed.', values: {} },
    },
  },
  listChanged: 'The list has just changed, so that key was not taken. Look, and press it again.',
  onlyLive: 'Only the live image can do that; here it is up to your terminal.',
  onlyAscii: 'This terminal shows nothing but ASCII.',
  chartsNow: (alphabet: ChartAlphabet): string => `Charts are drawn ${ALPHABET_WORDS[alphabet]} now.`,
  coloursNow: (on: boolean): string => (on ? 'With colours now.' : 'Without colours now.'),
  tooSmall: (columns: number, rows: number): string => `This window has ${columns} columns and ${rows} rows.`,
  tooSmallAdvice: 'The dashboard needs 80 by 24. Make it larger; Q leaves.',
  health: {
    gone: 'GONE',
    silent: (time: string): string => `SILENT ${time}`,
    failing: 'FAILING',
    worn: 'WORN',
    good: 'good',
    unknown: 'unknown',
    errors: 'READ ERRORS',
    slow: 'SLOW',
    asking: 'asking ...',
  },
  disks: {
    title: 'What is attached',
    purpose:
      'All disks of this machine, how they are, and what to do. Choose the broken one and press Enter. Tab goes to ' +
      'what was begun.',
    list: 'Disks: choose the broken one with Up and Down, then Enter',
    looking: 'Looking for disks ...',
    none: 'There is no disk that the system can see. Plug one in: it appears here.',
    hidden: hiddenDisksText,
    tip: 'If a disk clicks or grinds: switch off, ask a specialist. First aid: ? and 1.',
    firstTitle: 'What matters',
    first: [
      'Nothing is written to any disk before you have confirmed it at the end of four steps.',
      'Choose the broken disk, then where its content shall go. You can stop at any time and lose nothing.',
    ],
    battery: (percent: number | undefined): string =>
      `This computer runs on its battery${percent === undefined ? '' : ` (${percent} %)`}: plug it in before you begin.`,
    chosen: (name: string, { model, serial }: { model?: string; serial?: string }, size: string): string =>
      [name, size, model, serial && `serial ${serial}`].filter(Boolean).join('  '),
    layout: (name: string): string => `How ${name} is divided`,
    machine: 'This computer',
    memory: (free: string, all: string): string => `${free} of ${all} memory free`,
    secureBoot: (on: boolean): string => `Secure Boot ${on ? 'on' : 'off'}`,
    isGone: (name: string): string => `${name} is gone. Plug it in again: it appears here.`,
    plugIn: 'Check its cable and power, or plug it in elsewhere: it appears here.',
    says: 'Says',
    figures: 'Counts',
    readSoFar: 'Read',
    todo: 'Do',
    notKnown: 'not known yet',
    now: 'Now',
    rescue: {
      running: 'It is being rescued at this moment: r shows how far it is.',
      target: 'A rescue writes to it at this moment: r shows how far it is.',
      begun: 'A rescue of it was begun and is not finished: r goes on with it.',
    },
    lookedOnce: 'each sector once',
    lookedAgain: 'once more after it was written to',
    writtenSince: 'something has written to it since',
    used: (used: number, size: number): string => `${bytesText(used)} in use of ${bytesText(size)}`,
    mountedAt: (places: readonly string[]): string => `mounted at ${places.join(', ')}`,
    dirty: 'Windows has not closed it cleanly; that is no harm for a rescue.',
    hibernated: 'Windows sleeps on it (hibernated, or fast start). Never let anything write to it.',
    asking: 'The disk has been asked for its health and has not answered yet.',
    nothingBad: 'The disk says nothing bad of itself.',
    silent: (time: string): string => `The disk does not answer, for ${time} now.`,
    unread: (reason: string): string => `It could not be looked at: ${reason}.`,
    systemDisk: 'This system runs from it. To save it, start from the live image.',
    dying: 'The disk is dying. Press Enter and save it to another disk now. No chkdsk, no defragmenting.',
    worn: 'Save it soon: press Enter. It still works, but not for long.',
    healthy: 'It can be saved, or take what is saved from another disk.',
    unknown: 'How it is cannot be told. If files are missing or it is slow, press Enter and save it first.',
  },
  source: {
    title: 'Step 1 of 4: WHAT do you want to save?',
    purpose: 'Choose what of the disk shall be saved. It is only read, never written.',
    hint: 'Nothing is copied or written yet.',
    list: 'Source: only read, never written',
    none: 'The disk is gone.',
    known: 'What that means',
    partition: 'partition',
    wholeDisk: 'whole disk',
    suggested: 'suggested',
    noName: (name: string): string => `The system has no name for ${name}; choose the whole disk instead.`,
    ntfs:
      'The structures of the file system are read first, then what they say is in use. Free space is left alone, so ' +
      'the disk is read as little as possible. If the structures cannot be read, every sector is saved instead.',
    other: 'Every sector of it is saved, unless its file system tells what is in use.',
    whole:
      'Partition tables and boot code first, then each partition. Choose this when the copy shall stand in for the ' +
      'disk; choose one partition when only your files matter.',
    hibernated:
      'Windows is hibernated or was shut down with fast start. Its last changes may be in memory files only.',
  },
  target: {
    title: 'Step 2 of 4: WHERE shall the copy go?',
    purpose:
      'Choose where the copy goes: a new file in a drive, which keeps all that is there, or a disk that is written ' +
      'over. What cannot be chosen says why. Nothing is written before step 4.',
    hint: 'Plug in a drive now: it appears here within two seconds.',
    list: ({ usedBytes, sizeBytes, name }: Room): string =>
      usedBytes < sizeBytes
        ? `Target: ${name} has ${bytesText(usedBytes)} in use of ${bytesText(sizeBytes)}`
        : `Target: needs up to ${bytesText(sizeBytes)} for ${name}`,
    heading: '    DISK        CONTENT                    SIZE      FREE  NOTE',
    none: 'Nothing else is attached. Plug in a disk now: it appears here.',
    what: 'What will happen',
    path: 'Path',
    asFile: 'file, keeps all',
    erases: (partition: boolean): string => (partition ? 'ERASES partition' : 'ERASES whole disk'),
    not: (reason: string): string => `no: ${reason}`,
    refused: (name: string, reason: string): string => `${name} cannot be chosen: ${reason}.`,
    fileWill: (path: string): string =>
      `A new file ${path} is made. It takes only as much room as what is saved. What is there already stays as it is.`,
    driveWill: (path: string, held: string): string =>
      `A new file ${path} is made in ${held}; what is there already stays as it is. The drive is opened for writing ` +
      'only while the rescue runs, and put away at its end.',
    dirty: 'It was not put away cleanly the last time. Let its own system check it when there is time.',
    deviceWill: (name: string, held: string): string =>
      `Everything on ${name} is written over: ${held}. It cannot be had back.`,
    askedLater: 'Before anything is written you are asked to type something that only this disk has.',
    something: 'whatever it holds',
    noDevicePath: 'Disks are chosen in the list, so that none is written over by a slip of a key.',
    noRelativePath: 'The path must begin with /, such as /mnt/backup/windows.img.',
    noDrive: (name: string) =>
      `No drive of the list that can be chosen is called ${name}. Without a name: of this machine.`,
  },
  manner: {
    title: 'Step 3 of 4: HOW hard shall it try?',
    purpose: 'Without any choice here it is done as gently and as thoroughly as makes sense. Press Enter.',
    hint: 'Press Enter unless you want more.',
    alwaysTitle: 'Always',
    always:
      'Gently first, then thoroughly: what the file system needs, then used data in large reads, jumping over what ' +
      'is bad or slow; bad areas last, smaller and smaller. You can stop at any moment and keep it all.',
    list: 'More, if you want',
    folders: (count: number): string =>
      count === 0
        ? 'f: choose folders to be saved first'
        : `f: ${plural(count, 'place')} chosen to be saved first`,
    noFolders: 'Folders can be chosen when one NTFS partition is saved.',
    askingFolders: 'Whether folders can be chosen shows when the disk has been looked at.',
    personalFirst: {
      short: 'Personal folders first',
      long: 'Documents, desktop, pictures, videos, music and downloads of everybody are saved before programs and Windows.',
    },
    compare: {
      short: 'Compare the copy with what was read, at the end',
      long: 'Finds a target that takes data and gives back something else. The dying disk is not read for it.',
    },
    allSectors: {
      short: 'Free space too, after everything else',
      long: 'Deleted files may still be found in the copy. It takes much longer, and every read wears a dying disk.',
    },
    retry: {
      short: 'Bad sectors three more times, at the end',
      long: 'Some sectors come back after several tries. Each try costs the disk, so this comes last.',
    },
    leaveHopeless: {
      short: 'Leave alone what is bad throughout',
      long: 'Areas that are bad wherever they were tried are not tried sector by sector, and nobody is asked. It can be done later.',
    },
  },
  confirm: {
    title: 'Step 4 of 4: CHECK, then start',
    purpose: 'What will be read, written and erased. Esc goes back, and nothing happens.',
    read: 'READ from: stays as it is',
    write: 'WRITE to',
    how: 'What is done, and how long it takes',
    checks: 'Checks',
    plan: 'Gently first, then thoroughly. It can be stopped at any moment, and goes on later.',
    first: (paths: readonly string[]): string => `First: ${paths.join(', ')}`,
    estimate: (bytes: string, isKnown: boolean, time: string): string =>
      `Reads ${isKnown ? 'about' : 'up to'} ${bytes}: ${time} if the disk reads well. Each bad place adds seconds; ` +
      'how many there are nobody knows yet.',
    moment: 'less than a second',
    someSeconds: 'a few seconds',
    proof: 'Start',
    onDisk: (model: string | undefined, serial: string | undefined): string =>
      [model ?? 'a disk without a name', serial ? `serial ${serial}` : 'no serial number'].join(', '),
    file: {
      asking: 'Looking whether there is such a file already ...',
      new: 'A new file. Nothing that is there is lost.',
      inMemory:
        'A new file IN MEMORY, not on a drive: it is lost when the computer is switched off. Go back, and type its drive ' +
        'in front of it with p, such as sdb1:/name.img.',
      noFolder: (folder: string): string =>
        `There is no folder ${folder}. Make it, or go back and type another path with p.`,
      begun: (source: string, when: string): string =>
        `It is there already: this goes on with the rescue of ${source}${when}. What is saved stays saved.`,
      begunByOther: (source: string, when: string): string =>
        `It is there already, and belongs to the rescue of ${source}${when}. Go back, and type another name with p.`,
      taken: (what: string): string =>
        `It is there already, and is kept: ${what}. Go back, and type another name with p.`,
      there: (what: string): string =>
        `It is there already: ${what}. If it is this very save that was interrupted, it goes on; anything else is kept, and it does not begin.`,
      unseen:
        'A new file. If there is one of that name already, that is seen when it begins, and nothing is replaced.',
    },
    gone: (name: string): string => `${name} is gone, or another disk has its name now. Nothing was touched.`,
    readFirst: 'It has not begun. Read what is said above, then press Enter once.',
    placing: 'Looking where the map and the job can be kept',
    notStarted: 'It cannot begin so; nothing was touched. Esc goes back.',
    inDrive: (drive: string): string => `in ${drive}`,
    erases: (partition: boolean): string =>
      partition ? '!! EVERYTHING IN THIS PARTITION IS LOST:' : '!! EVERYTHING ON THIS DISK IS LOST:',
    more: (count: number): string => `   and ${plural(count, 'more')}`,
    whatever: 'whatever it holds: it is not known yet',
    writtenSince: 'Something has written to it since it was looked at: it may hold other things by now.',
    apart: 'source and target are different disks',
    unused: 'the target is large enough, not mounted, and not in use',
    keeps: 'the target is on another disk, and nothing there is written over',
    health: 'health of the target: ',
    unusedInShort: 'target large enough, not in use; its health: ',
    checkedLater: 'The target is checked before anything is written.',
    enterStarts: 'Press Enter to start, Esc to go back.',
    type: (kind: 'serial' | 'size', length: number): string =>
      kind === 'serial'
        ? `To start, type the last ${length} characters of the serial number of the TARGET, then Enter.`
        : 'The target has no serial number. To start, type its size in whole megabytes (MB), then Enter.',
    nothing: 'Nothing was typed, so nothing happens.',
    wrong: 'That is not it, so nothing happens. Look at the disk itself, or press Esc.',
    noUndo: 'Enter alone does nothing. There is no undo for the target.',
  },
  running: {
    purpose:
      'A rescue at work. You can leave this screen at any time, and even close the program: the job goes on by ' +
      'itself, and is found again under r on the first screen. Tab shows other charts and lists.',
    hint: 'You can stop now and lose nothing: s. Esc leaves the screen, and it goes on.',
    hintHopeless: 's stops and keeps all. Esc leaves the screen, and it waits for an answer.',
    hintQuestion: 'Esc leaves the screen, and it waits for an answer.',
    states: {
      starting: 'STARTING',
      running: 'RUNNING',
      asking: 'A QUESTION',
      comparing: 'COMPARING',
      stopping: 'STOPPING',
      died: 'DIED',
      paused: (time: string): string => `PAUSED ${time}`,
      waiting: (time: string): string => `WAITING ${time}`,
    },
    checking: 'Checking source and target ...',
    begins: 'It begins ...',
    progress: 'Progress',
    map: 'Map of the source',
    cell: (size: string): string => `one cell is ${size}`,
    rate: 'Rate',
    waits: 'Longest wait for the disk',
    last: (time: string): string => `last ${time}`,
    safe: 'Safe so far',
    safeUnknown: 'Known when the structures of the file system were read.',
    namesSafe: 'All file names are safe.',
    namesNot: 'File names: not all yet.',
    stages: {
      metadata: 'file system',
      first: 'chosen first',
      used: 'other files',
      free: 'free space',
      everything: 'all sectors',
    },
    places: 'Worst places: at byte, size',
    noPlaces: 'no read errors so far',
    bad: 'bad',
    suspected: 'to be tried again',
    disk: 'The disk that is saved',
    diskUnknown: 'It is not seen at this moment.',
    writes: (count: number): string =>
      count === 0
        ? '0 writes to it since it was attached, by the kernel'
        : `${plural(count, 'write')} to it since it was attached, by whomever`,
    writesOfAll: (count: number, name: string): string =>
      `${plural(count, 'write')}, those to earlier files as ${name} too`,
    lock: (isLocked: boolean): string => (isLocked ? 'locked' : ''),
    heat: (degrees: number): string => `${degrees} C at the start`,
    log: 'Log',
    question: 'A question',
    answers: {
      try: 'Press t to try them, or l to leave them alone. Nothing happens before you choose.',
      fix: 'Press f to fix it, or l to leave it as it is. Nothing happens before you choose.',
    },
    goOn: 'go on',
    died: 'The rescue process has ended unexpectedly.',
    deadTitle: 'It has ended',
    deadAdvice: 'What it saved is safe, and the map knows it. Press r to go on from there.',
    deadEarly: 'It had not begun. Choose the same disk and target again from the first screen.',
    deadAlone:
      'What it saved is safe, and the map knows it. Choose the same disk and target again: it goes on from there.',
    deadHint: 'r goes on where it ended.',
    stopping: 'Stopping: what is known is being saved. Press s again to stop at once.',
    skipping: 'Stopping at once.',
    pausing: 'Pausing: what was asked of the disk is waited for, and nothing more is asked.',
    resuming: 'Going on.',
    planned: (label: string, domainBytes: number, metadataBytes: number): string =>
      `${label}${bytesText(domainBytes)} to save, ${bytesText(metadataBytes)} of it the file system's own structures`,
  },
  map: {
    title: 'Map',
    purpose:
      'Every part of the source by what became of it. Move with the arrows, + looks closer, down to single sectors, ' +
      '- wider.',
    range: (start: number, end: number): string => `Bytes ${start} to ${end - 1}`,
    here: 'Where the cursor is',
    bytes: (start: number, end: number): string => `bytes ${start} to ${end - 1}, ${bytesText(end - start)}`,
    sectors: (first: number, last: number): string => `sectors ${first} to ${last} of 512 bytes`,
    cells: CELL_WORDS,
    hits: 'hits: ',
  },
  lines: { purpose: 'To scroll through.' },
  files: {
    count: (count: number): string => `${plural(count, 'place')} marked.`,
    folder: 'folder',
    empty: 'The folder is empty.',
    reading: (time: string): string => `Reading the folder, ${time} ...`,
    missing: (bytes: string): string => `${bytes} missing`,
    more: (count: string): string => `and ${count}`,
    look: {
      title: 'Files',
      purpose:
        'Looks into a volume or a copy of one, without mounting it. Mark files and folders with Space, then c copies ' +
        'them to another place. Names and contents that are missing are named.',
      hint: 'What is looked at is only read. Space marks, c copies to another place.',
    },
    opening: 'Looking into the copy ...',
    cannot: 'The copy cannot be looked into',
    volumes: {
      title: 'Files: which partition?',
      purpose:
        'The copy is one of a whole disk. These of its partitions hold NTFS volumes: choose the one whose files you want.',
      list: 'Partitions with NTFS',
      name: (number: number | undefined): string => `partition ${number}`,
    },
    first: {
      title: 'Step 3 of 4: files to be saved FIRST',
      purpose:
        'Mark folders and files with Space: they are saved before everything else. Looking reads the disk a little.',
      hint: 'Looking reads the disk a little: only what names are in a folder.',
      marked: 'To be saved first',
      none: 'Nothing is marked yet.',
    },
  },
  jobs: {
    title: 'Jobs: what was begun',
    purpose:
      'Every rescue that was begun on this system. Choose one and press Enter to watch it or to go on with it.',
    list: 'Jobs, the latest first',
    none: 'Nothing was begun yet.',
    old: (problem: string): string => `This list is of before. ${problem}`,
    short: 'Begun: Tab or r to go on',
    shortFocused: 'Begun: Enter to go on',
    unreachable: 'The job is at work, but cannot be watched from here',
    looking: 'Looking for its disks',
    reaching: 'Looking for the process at work',
    cannot: 'The job cannot be gone on with; nothing was touched',
    isRunning: 'It is running already.',
    next: NEXT_WORDS,
    states: STATE_WORDS,
    sensible: SENSIBLE_WORDS,
    reading: 'Reading its report',
    noReport: 'There is no report',
  },
  folders: {
    heading: '    DISK        CONTENT                    SIZE      FREE  FOLDER',
    drive: 'the drive itself',
    gone: 'it is gone',
    failing: 'it is failing itself',
    busy: 'another rescue uses it at this moment',
    asking: 'still being looked at',
  },
  compare: {
    title: (name: string): string => `Comparing ${name}`,
    purpose:
      'The copy is read once more and compared with what was read of its source. The source is not needed for that.',
    hint: 'The source is not read. Leaving stops it; it can be begun again at any time.',
    looking: 'Looking for the copy ...',
    sofar: (done: string, all: string, different: string): string =>
      `${done} of ${all} compared, ${different} differ`,
    ended: 'It ended without a word. Try it once more.',
  },
  copy: {
    title: (to: string): string => `Copying to ${to}`,
    purpose:
      'Files are copied out of a volume that is only read. What is missing in them is filled and named.',
    hint: 'Leaving stops it; what was copied until then is whole.',
    looking: 'Looking for the files ...',
    troubles: 'What could not be copied whole',
    noTroubles: (isOver: boolean): string => (isOver ? 'nothing' : 'nothing so far'),
    missing: (path: string, bytes: string): string => `${path}: ${bytes} missing`,
    failed: 'It failed.',
    verdicts: {
      0: 'All of it is copied, whole.',
      1: 'The destination could not take it.',
      3: 'Some files were left out: they exist there already, or cannot be copied.',
      4: 'Copied, but some content is missing.',
      5: 'Stopped by you; what was copied until then is whole.',
      6: 'The disk has vanished.',
    } as Readonly<Record<number, string>>,
    to: {
      title: 'Where shall the files go?',
      purpose:
        'Choose a drive or a folder that the files are copied into. What is there already is never replaced.',
      list: 'Where to',
      will: (path: string): string =>
        `The files are copied into ${path}. What is there already is never replaced.`,
      keys: 'folders',
    },
    marked: 'To be copied',
    none: 'Nothing is marked: c copies what is chosen.',
  },
  images: {
    title: 'Images: whole volumes, each in one file',
    purpose:
      'An image keeps what a healthy volume has in use, compressed, with checksums, in one file. Files can be had out ' +
      'of it, and a volume can be made of it again. A dying disk is saved on the first screen instead.',
    hint: 'For healthy volumes. A dying disk: Esc, choose it, and press Enter.',
    list: 'What shall be done?',
    about: 'What that means',
    save: {
      short: 'Save a volume to a new image',
      long: [
        'All that is in use on an NTFS volume goes into one new file, compressed, with a checksum for every part.',
        'It can be interrupted, and goes on later. The volume is only read, and must be healthy.',
      ],
    },
    look: {
      short: 'Open an image that is there: check it, copy files out of it, restore it',
      long: [
        'Choose the drive that the image lies in. A drive that is not mounted is opened for the look, and only read.',
        'Images of ntfsclone, and those that were saved here.',
      ],
    },
    finished: 'finished',
    ended: 'ended early',
    source: {
      title: 'Image, step 1 of 4: WHICH volume?',
      purpose: 'Choose the NTFS volume that is to be saved. It is only read.',
      list: 'NTFS volumes: only read, never written',
      none: 'There is no NTFS volume on any disk that is attached.',
      means: (used: string): string =>
        `${used} in use: all of that goes into the image, free space does not. It should not be in use meanwhile.`,
    },
    how: {
      title: 'Image, step 2 of 4: HOW?',
      purpose: 'Without any choice here it is done as it is best for most. Press Enter.',
      hint: 'Press Enter unless you want something else.',
      alwaysTitle: 'Always',
      always:
        'What is in use is compressed by all processors, and gets checksums. When it is interrupted, the same again ' +
        'goes on where it was.',
      list: 'Besides, if you want',
    },
    saving: {
      rescue: {
        short: 'Go on after read errors',
        long: 'What cannot be read is marked, and the files that it belongs to are named. Without this the first read error ends it. If there are many, rescue the disk instead.',
      },
      force: {
        short: 'Although Windows has not closed it cleanly',
        long: 'Windows wants to check it first. As it is, the image may hold what Windows would have mended.',
      },
      small: {
        short: 'Smaller, but many times slower',
        long: 'Compresses as well as is worth the time: some percent smaller.',
      },
      plain: {
        short: 'In the format of ntfsclone, without compression',
        long: 'For other programs. Without checksums, and it cannot go on after an interruption. Images that are compressed become this one by zstd -dc.',
      },
    },
    target: {
      title: 'Image, step 3 of 4: WHERE shall it go?',
      purpose: 'Choose the drive for the new file. What is there already stays as it is.',
      list: ({ sizeBytes, name }: Room): string =>
        `Target: the image of ${name} takes ${bytesText(sizeBytes)} at most, mostly half of that`,
    },
    dirty: 'Windows has not closed it cleanly: switch that line on to save it all the same.',
    itself: 'it is the volume to be saved',
    holdsIt: 'the image lies in it',
    failing: (disk: string): string =>
      `${disk} is failing. An image needs a healthy disk: go back to the first screen and save it with Enter.`,
    confirm: {
      save: {
        title: 'Image, step 4 of 4: CHECK, then start',
        purpose: 'What will be read and written. Esc goes back, and nothing happens.',
      },
      saves: (bytes: string): string => `Saves ${bytes} that are in use, with checksums.`,
      goesOn: 'It can be stopped at any moment. The same again goes on.',
      restore: {
        title: 'Restore, step 3 of 3: CHECK, then start',
        purpose: 'What will be read, written and erased. Esc goes back, and nothing happens.',
      },
      restores: (bytes: string): string =>
        `Writes ${bytes}, each part compared with its checksum before; what was free stays as it is.`,
    },
    drive: {
      title: 'In which drive is the image?',
      purpose: 'Choose the drive or the folder that the image lies in. It is only read.',
      list: 'Drives and folders',
      will: (path: string): string => `Images are looked for in ${path}. Nothing is written there.`,
      keys: 'drives',
    },
    search: {
      title: 'Which image?',
      purpose: 'Folders, and every file that is an image of a volume. Enter opens it.',
      none: 'There is neither a folder nor an image in it.',
      others: (count: number, unseen: number): string =>
        `${plural(count, 'file')} here ${count === 1 ? 'is' : 'are'} no image${unlooked(unseen)}.`,
    },
    one: {
      title: (name: string): string => `Image ${name}`,
      purpose: 'What the image says of itself, and what can be done with it. It is only read.',
      list: 'What shall be done?',
      reading: 'Reading what it says of itself ...',
      hint: 'The image itself is only read, whatever you choose.',
      begun: 'Its save was interrupted. It can go on when its volume is attached.',
    },
    deeds: {
      files: {
        short: 'Look into it, and copy files out of it',
        long: 'Only what is looked at is expanded. Marked files and folders are copied to another place.',
      },
      verify: {
        short: 'Check it',
        long: 'All of it is read and compared with its checksums. Damage is named, and the files that it hits.',
      },
      restore: {
        short: 'Make a volume of it again',
        long: 'On a disk or partition that is at least as large as the volume was, which is written over; or in a new file.',
      },
      goOn: {
        short: 'Go on with its save',
        long: 'What is in it stays; the rest is saved. It goes on only if the volume is as it was.',
      },
    },
    to: {
      title: 'Restore, step 1 of 3: WHERE to?',
      purpose:
        'Choose a disk or partition that is written over, or a drive for a new file. What cannot be chosen says why.',
      list: ({ sizeBytes, name }: Room): string => `Target: needs ${bytesText(sizeBytes)} for ${name}`,
    },
    restoring: {
      how: {
        title: 'Restore, step 2 of 3: HOW?',
        always:
          'Every part is compared with its checksum before it is written. What was free in the volume is left as it is ' +
          'on the target.',
      },
      rescue: {
        short: 'Go on after damaged places of the image',
        long: 'What is lost by damage is marked, and the files that it belongs to are named. Without this damage ends the restore.',
      },
      newSerial: {
        short: 'A new serial number for the volume',
        long: 'If the original stays in the same computer: two volumes with the same number confuse Windows.',
      },
    },
    titles: {
      save: (source: string, target: string): string => `Saving ${source} to ${target}`,
      verify: (image: string): string => `Checking ${image}`,
      restore: (image: string, target: string): string => `Restoring ${image} to ${target}`,
    },
    task: {
      purpose:
        'An image at work. You can leave this screen; it goes on while this program runs, and is found again under i.',
      hint: 'You can leave this screen: it goes on as long as this program runs.',
      stopping: 'Stopping in good order. s again stops at once.',
      goesOn: 'r goes on where it ended.',
      begins: 'Checking both ends ...',
      left: (time: string): string => `left ${time}`,
      leftUnknown: 'not known yet',
      lost: (bytes: string): string => `could not be read: ${bytes}`,
      silent: (time: string): string => `no answer for ${time}`,
    },
    noVolume: (label: string, serial: string): string =>
      `The volume ${label ? `"${label}" ` : ''}with the serial number ${serial} is not attached. Plug its disk in, then try again.`,
    died: 'It ended without a word. Try it once more.',
    stoppedEarly: 'Stopped by you, before it had begun.',
    atWork: 'Something is at work, and would be stopped. Press it once more to leave all the same.',
    leaving: 'Stopping what is at work ...',
    volume: (version: string, size: string): string => `NTFS ${version}, ${size}`,
    inUse: (bytes: string): string => `in use: ${bytes}`,
    resumed: (bytes: string): string => `going on: ${bytes} are saved already`,
    fault: (start: number, size: string): string => `could not be read: ${size} at byte ${start}`,
    damaged: (start: number, end: number, what: string): string =>
      `damaged: bytes ${start} to ${end} of the image: ${what}`,
  },
  boot: {
    title: (name: string): string => `Will Windows boot from ${name}?`,
    purpose:
      'Everything that decides whether Windows boots from a disk, what was found there, and what can be done. It only ' +
      'reads, until you have seen every byte of a fix and typed that this disk is meant.',
    hint: 'Enter shows every byte that a fix would change. Nothing is written before.',
    hintUndo: 'u puts back all that was written here. Enter goes on with the next fix.',
    verdict: 'All in all',
    list: 'What was checked',
    about: (name: string): string => `About ${name}`,
    fixable: '[fix]',
    facts: {
      found: 'found',
      expected: 'expected',
      means: 'means',
      fix: 'fix',
      or: 'or',
      todo: 'to do',
      byHand: 'by hand',
    },
    at: (read: string, position: number): string => `${read} (byte ${position})`,
    risk: (risk: 'low' | 'medium' | 'high'): string => `Risk: ${risk}.`,
    edit: (device: string): string =>
      `boot.ini opens in an editor on the command line, with the numbers of the partitions: lifeboat bootcheck ${device} --edit`,
    ask: { undo: 'Undo file', other: 'Disk or image' },
    reading: (time: string): string => `Reading what Windows needs to boot, ${time} ...`,
    preparing: 'Working out what would be changed ...',
    busy: 'The disk is still being read.',
    died: 'The check ended without a word. Try it once more.',
    unfinished: (by: string): string =>
      `The rescue to it (${by}) is not finished: what it has not come to yet counts as unreadable.`,
    undoFile: (path: string): string => `What puts it back: ${path}`,
    noName: (name: string): string => `The system has no name for ${name}; choose the whole disk instead.`,
    refused: 'It cannot be done; nothing was written',
    notWritten: 'It did not go well',
    away: 'The copy lies in a drive that is not mounted',
    awayAdvice: 'Mount that drive, and check the copy with b on the first screen and p for its path.',
    unplug: 'Unplug the old disk before the first start from the new one.',
    leads: 'b shows what was checked, and fixes it.',
    plan: {
      title: {
        fix: (name: string): string => `Fix ${name}: CHECK, then write`,
        undo: (name: string): string => `Undo ${name}: CHECK, then write`,
      },
      purpose:
        'What would be written, byte by byte: - is there now, + would be there. What stands there now is kept in an undo ' +
        'file. Esc goes back, and nothing happens.',
      hint: {
        fix: 'Enter alone does nothing. What is there now is kept in an undo file first.',
        undo: 'Enter alone does nothing. All is put back as it was before the first fix.',
      },
      bytes: 'Every byte: - there now, + then',
      noBytes:
        'No byte of the disk is changed: the entry goes into the list of the firmware of this computer.',
      more: (bytes: string): string => `and ${bytes} more of the same kind: all of it is in the undo file`,
      writing: (time: string): string => `Writing, reading back, and checking again, ${time} ...`,
    },
  },
  archives: {
    title: 'Archives: file systems by their files',
    purpose:
      'An archive of FSArchiver keeps the files of healthy file systems, several in one. Restored to a smaller or larger ' +
      'partition they are the same; for NTFS a file beside it keeps what FSArchiver alone would lose.',
    hint: 'For healthy file systems. A dying disk: Esc, choose it, and press Enter.',
    save: {
      short: 'Save file systems to a new archive',
      long: [
        'All files of one or several file systems go into one archive, to move them to other partitions, smaller or ' +
          'larger, or to keep them. They are only read, and should not be in use meanwhile.',
      ],
    },
    look: {
      short: 'Open an archive that is there: what is in it, check it, restore it',
      long: [
        'Choose the drive that the archive lies in. A drive that is not mounted is opened for the look, and only read.',
      ],
    },
    source: {
      title: 'Archive, step 1 of 4: WHICH file systems?',
      purpose: 'Mark with Space what shall go into one archive. It is only read.',
      hint: 'Space marks several. Nothing is copied or written yet.',
      list: 'File systems: only read, never written',
      none: 'There is no file system on any disk that is attached that an archive can keep.',
      means: (used: string): string =>
        `${used} in use: its files go into the archive. hiberfil.sys, pagefile.sys and swapfile.sys are left out.`,
    },
    how: {
      title: 'Archive, step 2 of 4: HOW?',
      purpose: 'Without any choice here it is done as it is best for most. Press Enter.',
      hint: 'Press Enter unless you want something else.',
      list: 'Space changes the chosen line',
    },
    options: {
      level: {
        name: 'Compression',
        long: 'Zstandard, by all processors. More of it is some percent smaller and several times slower.',
        values: {
          '1': 'level 1: as fast as can be',
          '8': 'level 8: as usual',
          '15': 'level 15: smaller, slower',
          '19': 'level 19: much slower',
          '22': 'level 22: slowest, needs much memory',
        },
      },
      split: {
        name: 'Divided into files',
        long: 'For drives that take no large files, such as FAT (4 GB), or for discs: x.fsa, x.f01, x.f02 and so on.',
        values: {
          none: 'no, one file',
          '650MiB': 'of 650 MiB at most',
          '2GiB': 'of 2 GiB at most',
          '4000MiB': 'of 4000 MiB at most (FAT)',
          '25GB': 'of 25 GB at most',
        },
      },
      encrypt: {
        name: 'Encryption',
        long: 'The contents of all files are encrypted with a password. Names of files stay readable. Without the password nothing can be restored.',
        values: { no: 'no', yes: 'with a password' },
      },
      force: {
        name: 'In spite of warnings',
        long: 'A volume that Windows has not closed cleanly, that sleeps (hibernated, fast start), or too little room by estimate.',
        values: { no: 'no: it does not start', yes: 'Go on in spite of warnings' },
      },
    },
    password: {
      title: 'Password of the archive',
      purpose: 'What is typed is not shown, and stands on no command line.',
      once: 'Password',
      again: 'The same again',
      about: {
        new: 'Keep it well: without it nothing of the archive can be restored.',
        known: 'The archive is encrypted. The password is compared before anything is erased.',
      },
      wrong: (least: number, most: number): string => `A password has ${least} to ${most} bytes.`,
      differ: 'The two were not the same. Type it anew.',
    },
    target: {
      title: 'Archive, step 3 of 4: WHERE shall it go?',
      purpose: 'Choose the drive for the new file. What is there already stays as it is.',
      list: ({ sizeBytes, name }: Room): string =>
        `Target: the archive of ${name} takes ${bytesText(sizeBytes)} at most, mostly half of that`,
    },
    failing: (disk: string): string =>
      `${disk} is failing. An archive needs a healthy disk: go back to the first screen and save it with Enter.`,
    itself: 'it is to be saved itself',
    holdsIt: 'the archive lies in it',
    taken: 'another file system goes there',
    confirm: {
      save: {
        title: 'Archive, step 4 of 4: CHECK, then start',
        purpose: 'What will be read and written. Esc goes back, and nothing happens.',
      },
      saves: (bytes: string): string =>
        `Saves the files in up to ${bytes} that are in use; read back and checked at the end.`,
      encrypted: 'The contents are encrypted.',
      restore: {
        title: (at: number, all: number): string =>
          all === 1 ? 'Restore: CHECK, then start' : `Restore: CHECK target ${at} of ${all}`,
        purpose: 'What will be read, written and erased. Esc goes back, and nothing happens.',
      },
      restores: (bytes: string): string =>
        `Makes the file system anew, with the files in ${bytes}. The whole archive, and whether it fits, is checked before.`,
      compared: 'What was restored is compared at the end, object by object.',
      noSide: 'There is no side file: what FSArchiver cannot keep of NTFS is not in this archive.',
    },
    drive: {
      title: 'In which drive is the archive?',
      purpose: 'Choose the drive or the folder that the archive lies in. It is only read.',
      list: 'Drives and folders',
      will: (path: string): string => `Archives are looked for in ${path}. Nothing is written there.`,
      keys: 'drives',
    },
    search: {
      title: 'Which archive?',
      purpose: 'Folders, and every archive of file systems (.fsa). Enter opens it.',
      none: 'There is neither a folder nor an archive in it.',
      others: (count: number, unseen: number): string =>
        `${plural(count, 'file')} here ${count === 1 ? 'is' : 'are'} no archive${unlooked(unseen)}.`,
    },
    one: {
      title: (name: string): string => `Archive ${name}`,
      purpose: 'What the archive says of itself, and what can be done with it. It is only read.',
      hint: 'The archive itself is only read, whatever you choose.',
    },
    deeds: {
      list: { short: 'See what is in it', long: 'Every file with its size, searched by name.' },
      verify: {
        short: 'Check it',
        long: 'All of it and its side file are read and compared with their checksums. No password is needed.',
      },
      restore: {
        short: 'Make file systems of it again',
        long: 'On partitions that are written over. They may be smaller or larger, if the files fit.',
      },
    },
    list: {
      title: (name: string): string => `In ${name}`,
      purpose: 'Everything that is in the archive. / finds by name.',
      reading: (count: string): string => `Reading: ${count} so far ...`,
      tooMany: (count: string, most: number): string => `${count}; the first ${most} can be seen here.`,
      nothing: 'There is nothing in it.',
      broken: 'not whole',
    },
    mapping: {
      title: 'Restore: WHAT goes WHERE?',
      purpose:
        'Choose a partition for each file system of the archive with Enter, then n. What goes nowhere is left out.',
      hint: 'Enter chooses a target for the chosen line, n goes on. Nothing is written yet.',
      list: 'File systems of the archive, and their targets',
      uses: (bytes: string): string => `${bytes} in use`,
      nowhere: 'nowhere',
      notYet: 'It is left out. Enter chooses a partition that it goes to.',
      none: 'Nothing goes anywhere yet: choose a target with Enter first.',
    },
    to: {
      title: 'Restore: WHERE does it go?',
      purpose: 'Choose a partition that is written over. What cannot be chosen says why.',
      list: ({ sizeBytes, name }: Room): string =>
        `Target for ${name}: about ${bytesText(sizeBytes)} are needed`,
    },
    titles: {
      save: (sources: string, target: string): string => `Saving ${sources} to ${target}`,
      verify: (archive: string): string => `Checking ${archive}`,
      restore: (archive: string, targets: string): string => `Restoring ${archive} to ${targets}`,
    },
    task: {
      purpose:
        'An archive at work. You can leave this screen; it goes on while this program runs, and is found again under v.',
      size: (bytes: string): string => `archive ${bytes}`,
    },
  },
  wait: {
    purpose: 'Something is being looked for. Esc goes back; what was asked for does not begin then.',
    hint: 'Esc goes back, and nothing begins.',
    since: (time: string): string => `Waiting for an answer, ${time} ...`,
    slow: 'A drive that is slow, or does not answer, may take its time.',
  },
  notice: {
    purpose: 'Something to know before going on.',
    refused: 'It does not start; nothing was touched',
    exists: 'There is such a file already',
    askThere:
      'Attach the right drive, if this is another one. If it is the right one, and what it holds may be lost: ' +
      '"lifeboat resume" on a command line asks about it, and goes on. Nothing was touched.',
    chooseOther: 'Go back, and type another name with p. Nothing was touched.',
  },
  report: {
    title: (source: string, target: string): string => `Report: ${source} to ${target}`,
    purpose:
      'How a rescue ended: what is saved, which files were hit, and where everything was put. / finds files by name, ' +
      'Enter shows the holes of one, x writes the list to a file.',
    notAll: (count: number): string => `a: all ${count} lines`,
    hintStopped: 'Nothing is lost: r goes on where it ended.',
    hintLosses: 'r tries again what could not be read. f copies files out of the copy.',
    hintSaved: 'All is there. f copies files out of the copy, v compares it with what was read.',
    hintCompared: 'All is there, and compared. f copies files out of the copy.',
    goOn: 'go on',
    goesOn: 'press r to go on',
    result: 'Result',
    damaged: 'Damaged files, the worst first',
    places: 'Kept',
    copy: 'copy  ',
    map: 'map   ',
    report: 'report',
    noFiles: 'No file was hit.',
    noMatch: 'No damaged file has that in its name.',
    untraced: 'Which files were hit cannot be told: no NTFS structure could be read.',
    notYet: 'Which files were hit is told when the rescue is finished.',
    find: 'find',
    exportTo: 'To',
    listName: 'damaged-files.txt',
    exported: (path: string): string => `The list is in ${path}.`,
    writing: (path: string): string => `Writing the list to ${path}`,
    leaveWriting: 'Esc goes back; it is written all the same if the drive answers.',
    listLater: 'The list is still being read: press Enter again in a moment.',
    noJob: 'No folder was kept of this job: give the same command again.',
    noMap: 'The map cannot be drawn: the size of the source is not known.',
    noCells: 'The map cannot be drawn: nothing is known of it.',
    holes: 'Holes of the file',
    holesPurpose: 'Where in the file something is missing. In the copy the holes are marked, or zeros.',
    holesLater: 'Where they are is still being read.',
    detail: (lost: string, size: string, count: number): string =>
      `${lost} of ${size} lost, in ${plural(count, 'hole')}`,
    proof: (disk: string): string => `The kernel has counted 0 writes to ${disk} since it was attached.`,
    verified: ({
      checkedBytes,
      uncheckedBytes,
      differentBytes,
      failure,
      impossible,
    }: CheckedTarget): string => {
      if (impossible !== undefined) return `The copy was NOT COMPARED: ${impossible}.`;
      if (differentBytes > 0) {
        return `Compared: ${bytesText(differentBytes)} of the copy DIFFER from what was read. r mends them.`;
      }
      const gone = failure ? 'The target dropped out. ' : '';
      const rest = uncheckedBytes > 0 ? `, ${bytesText(uncheckedBytes)} could not be compared` : '';
      return `${gone}Compared: ${bytesText(checkedBytes)} of the copy are what was read${rest}.`;
    },
    unmarked: (bytes: number): string =>
      `Beware: ${bytesText(bytes)} of used sectors in the target still show what was there before.`,
    files: ({
      damagedFiles,
      lostFiles,
      damagedDirectories,
      damagedSystemFiles,
      freeBytes,
      unknownBytes,
    }: DamageSummary): string =>
      [
        `${plural(damagedFiles, 'file')} damaged`,
        `${plural(lostFiles, 'file')} lost whole`,
        damagedDirectories > 0 ? `${plural(damagedDirectories, 'folder')} damaged` : '',
        damagedSystemFiles > 0 ? `${plural(damagedSystemFiles, 'system file')} damaged` : '',
        freeBytes > 0 ? `${bytesText(freeBytes)} lost in free space` : '',
        unknownBytes > 0 ? `${bytesText(unknownBytes)} lost of unknown owner` : '',
      ]
        .filter(Boolean)
        .join(', '),
  },
  plain: {
    disks: 'The disks of this machine. All of them are only read until you say otherwise.',
    none: 'There is no disk that the system can see. Plug one in, and type r to look again.',
    volumes: 'The copy is one of a whole disk. Its partitions with NTFS:',
    whichVolume: 'Which partition? A number, or b to go back:',
    whichDisk:
      'Which one is broken and shall be saved? Type its number, or a letter:\n' +
      'j what was begun, i images, a archives, w will Windows boot,\n' +
      'f first aid, c settings, r to look again, ? for help, q to leave.',
    help:
      'Each question says what can be typed; end every line with Enter. b goes back one step. q leaves from ' +
      'everywhere, and a rescue at work goes on. Nothing is written before the last question was answered, and a disk is ' +
      'only written over after a part of its serial number was typed. First aid for the disk: f at the first question.',
    parts: 'What of it shall be saved?',
    whichPart: 'Type a number, Enter for the first one, or b to go back.',
    targets: (size: string): string => `Where shall the copy go? It needs up to ${size}.`,
    imageTargets: (size: string): string =>
      `Where shall the image go? It needs up to ${size}, mostly half of it.`,
    restoreTargets: (size: string): string => `Where shall the volume go? It needs ${size}.`,
    whichTarget:
      'Type a number, the path of a new file, a number and a path for another name in that drive, or b to go back.',
    fileIn: (folder: string): string => `A new file in ${folder}; what is there stays as it is.`,
    fileOn: 'A new file on it; what is there stays as it is.',
    free: (bytes: string): string => `${bytes} free.`,
    erases: 'EVERYTHING ON IT IS LOST.',
    markFirst: 'Choose folders and files to be saved first',
    whichManner: 'Type the letters of what you want besides, Enter for nothing more, or b to go back.',
    typeYes: 'Type yes to start; anything else goes back.',
    notThat: (answer: string): string => `"${answer}" is not one of the answers.`,
    silent: (time: string): string => `IT DOES NOT ANSWER, for ${time} now`,
    gone: 'IT IS GONE',
    good: 'Its health is good.',
    same: (words: string): string => `The same as: lifeboat rescue ${words}`,
    marking:
      'Type the number of a folder to open it or of a file to mark it, m to mark folders, u for the folder above, d when ' +
      'you are done, or b to leave all unmarked.',
    copying:
      'Type the number of a folder to open it or of a file to mark it, m to mark folders, u for the folder above, d to ' +
      'copy what is marked, or b to go back.',
    whichMark: 'Type the numbers of what shall be marked, or unmarked.',
    marked: '[x]',
    whereTo: 'Where shall the files go? What is there already is never replaced.',
    whichFolder: 'Type a number, a path, a number and a path for a folder in that drive, or b to go back.',
    inDrive: 'It is mounted for that alone.',
    whichNumber: 'Type a number, or b to go back.',
    whichSources: 'Type one or several numbers, or b to go back.',
    archiveTargets: (size: string): string =>
      `Where shall the archive go? It needs up to ${size}, mostly half of it.`,
    partitionTargets: (size: string): string =>
      `Which partition shall it become? About ${size} are needed. b leaves it out.`,
    noPassword: (name: string): string =>
      `${name} is encrypted, and a password that is typed here could be seen. On a terminal its password is asked for by: lifeboat archive restore`,
    whichBoot: 'Type a number, the path of an image of a disk, or b to go back.',
    whichFinding:
      'Type a number for more about it, and to fix it; u to undo fixes, r to check again, or b to go back.',
    whichUndo: (usual: string): string =>
      `Type the path of the undo file${usual === '' ? '' : `, Enter for ${usual}`}, or b to go back.`,
    moreRows: 'There are more: all of them are in the undo file.',
    whichSwitches: 'Type the numbers of what you want besides, Enter for nothing more, or b to go back.',
    whichImage: 'Type a number, u for the folder above, or b to go back.',
    whichJob: 'Type the number of a job, r to look again, or b to go back.',
    whichDeed: (sensible: string): string =>
      `Type Enter for what makes sense next (${sensible}), g to go on, o for its report, v to compare its copy with what ` +
      'was read, or b to go back.',
    whichReport:
      'Type d for damaged files, h for the holes of one, x to write the list to a file, m for the map, f to look into the ' +
      'copy, v to compare it, w whether Windows will boot from it, r to go on, or b to go back.',
    whichName: 'Type a part of their names, or Enter for the worst of all.',
    whichFile: 'Type the number of a file, or b to go back.',
    whichExport: (usual: string): string =>
      `Type the path of a new file, Enter for ${usual}, or b to go back.`,
    leaveWriting: 'Type b to go back; it is written all the same if the drive answers.',
    watchKeys:
      'While it runs you can type, each with Enter: s stop and keep all, p pause or go on, q leave it at work.',
    taskKeys: 'Type s and Enter to stop it in good order.',
    stopping: 'Stopping: what is known is being saved. Type s again to stop at once.',
    left: 'It goes on by itself. Under j it is found again.',
    notYet: 'It has not begun yet: wait a moment.',
    nobody: 'There is nobody to answer.',
    notStarted: 'It cannot begin so; nothing was touched.',
    otherName: 'Nothing was touched. Choose another name.',
    diedAdvice: 'What it saved is safe, and the map knows it. Under j it goes on from there.',
    goesOn: 'type r to go on',
    settings: 'Settings of the screens, for when they are drawn. Lines look as they do.',
  },
  help: {
    purpose: 'Explains the screen it was opened over.',
    hint: '1 to 5 turn the pages; Esc goes back to where you were.',
    title: 'Help',
    pages: {
      firstAid: 'First aid',
      here: 'This screen',
      everywhere: 'Keys everywhere',
      signs: 'Signs',
      about: 'About',
    },
    titles: {
      firstAid: 'First aid',
      here: 'This screen',
      everywhere: 'Keys that work everywhere',
      signs: 'Signs and colours',
      about: 'About',
    },
    firstAid: [
      'Your disk is failing. What matters, in this order:',
      ' 1. Do not write to it. (This program cannot: sources are only read.)',
      ' 2. Read it as little as possible, the important things first.',
      ' 3. Copy to ANOTHER disk. Work on the copy, never on the original.',
      ' 4. Clicking, grinding, not spinning: stop, power off, ask a specialist.',
      '    Every further try lowers the chance of a recovery in a clean room.',
      '',
      'What not to do, whoever says so: chkdsk, defragmenting, "repairing", formatting, a file recovery program on the ' +
        'disk itself, starting Windows from it once more.',
      '',
      'Let it rest if it is hot. Lay it flat. Do not open, knock or freeze it.',
      'Stopping is always safe here: what was saved stays saved, and the rest can be tried another day.',
    ],
    blank: 'free space: nothing to save there',
    signs: [
      'Green is saved or good, yellow is slow, worn or put off, red is bad, or will be erased. Each is also said in a ' +
        'word or a sign, so nothing is lost without colours.',
      '> is the chosen row, and in a map the place that is read now. x in front of a row: it cannot be chosen, and says why.',
      '[LOCK] says that nothing is ever written to a source.',
    ],
    about: (version: string): string[] => [
      `Lifeboat ${version}: saves what can still be read from a dying disk, above all NTFS. It never writes to the ` +
        'source, keeps what it knows in a map in the format of GNU ddrescue, and goes on after a stop, a crash or a power cut.',
      'Everything that these screens do can be done by commands, too: lifeboat help.',
      'MIT licence. What is built into it, and its licences: THIRD-PARTY-LICENSES.txt beside the program, and LICENSES on the live image.',
    ],
  },
} as const;

/** A sentence of the engine without what is said of commands and their options: here, keys do that. */
export function withoutCommands(text: string): string {
  return text
    .replaceAll('the same command can try the rest later', 'the rest can be tried later')
    .replaceAll('the same command goes on', 'it can go on later')
    .split(/(?<=\.) /)
    .filter((sentence) => !/(?:^| )--[a-z]|Ctrl-C|lifeboat [a-z]+ |^The (?:same )?command /.test(sentence))
    .join(' ');
}
