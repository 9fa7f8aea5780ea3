import { bytesText, plural } from '../text/quantity.ts';
import { VERSION } from '../text/version.ts';
import type { ChartAlphabet } from './look.ts';

const ALPHABET_WORDS: Record<ChartAlphabet, string> = {
  braille: 'in dots',
  blocks: 'in blocks',
  ascii: 'in ASCII',
};

/** Everything the dashboard says that is not about one view alone. Short, plain, and in one place. */
export const WORDS = {
  name: 'LIFEBOAT',
  lock: '[LOCK] sources only read',
  live: {
    lock: '[LOCK] disks read-only',
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
  onlyLive: 'Only the live image can do that; here it is up to your terminal.',
  onlyAscii: 'This terminal shows nothing but ASCII.',
  chartsNow: (alphabet: ChartAlphabet): string => `Charts are drawn ${ALPHABET_WORDS[alphabet]} now.`,
  tooSmall: (columns: number, rows: number): string => `This window has ${columns} columns and ${rows} rows.`,
  tooSmallAdvice: 'The dashboard needs 80 by 24. Make it larger.',
  disks: {
    title: 'What is attached',
    purpose:
      'All disks of this machine, how they are, and what to do. Choose the broken one and press Enter.',
    list: 'Disks: choose the broken one, then press Enter',
    looking: 'Looking for disks ...',
    none: 'There is no disk that the system can see. Plug one in: it appears here.',
    chosen: (name: string, model: string | undefined, serial: string | undefined): string =>
      [name, model, serial && `serial ${serial}`].filter(Boolean).join('  '),
    isGone: (name: string): string => `${name} is gone. Plug it in again: it appears here.`,
    says: 'Says',
    readSoFar: 'Read',
    todo: 'Do',
    asking: 'The disk has been asked for its health and has not answered yet.',
    nothingBad: 'The disk says nothing bad of itself.',
    silent: (time: string): string => `The disk does not answer, for ${time} now.`,
    systemDisk: 'This system runs from it; it can be saved, but not written over.',
    dying: 'The disk is dying. Press Enter and save it to another disk now. No chkdsk, no defragmenting.',
    worn: 'Save it soon: press Enter. It still works, but not for long.',
    healthy: 'It can be saved, or take what is saved from another disk.',
    unknown: 'How it is cannot be told. If files are missing or it is slow, press Enter and save it first.',
  },
  source: {
    title: 'Step 1 of 4: WHAT do you want to save?',
    purpose: 'Choose what of the disk shall be saved. It is only read, never written.',
    list: 'Source: only read, never written',
    known: 'What that means',
    partition: 'partition',
    wholeDisk: 'whole disk',
    suggested: 'suggested',
    noName: (name: string): string => `The system has no name for ${name}; choose the whole disk instead.`,
    ntfs:
      'The structures of the file system are read first, then what they say is in use. Free space is left alone, so ' +
      'the disk is read as little as possible. If the structures cannot be read, every sector is saved instead.',
    other: 'Every sector of it is saved: which of them are in use is not known.',
    whole:
      'Partition tables and boot code first, then each partition. Choose this when the copy shall stand in for the ' +
      'disk; choose one partition when only your files matter.',
    hibernated:
      'Windows is hibernated or was shut down with fast start. Its last changes may be in memory files only.',
  },
  target: {
    title: 'Step 2 of 4: WHERE shall the copy go?',
    purpose: 'Choose where the copy goes. What cannot be chosen says why. Nothing is written before step 4.',
    list: (size: string, name: string): string => `Target: needs up to ${size} for ${name}`,
    heading: '    DISK        CONTENT                   SIZE       FREE  NOTE',
    none: 'Nothing else is attached. Plug in a disk now: it appears here.',
    what: 'What will happen',
    path: 'Path of a new file',
    asFile: 'file, keeps all',
    erases: (partition: boolean): string => (partition ? 'ERASES this partition' : 'ERASES whole disk'),
    not: (reason: string): string => `no: ${reason}`,
    refused: (name: string, reason: string): string => `${name} cannot be chosen: ${reason}.`,
    fileWill: (path: string): string =>
      `A new file ${path} is made. It takes only as much room as what is saved. What is there already stays as it is.`,
    driveWill: (path: string, held: string): string =>
      `A new file ${path} is made in ${held}; what is there already stays as it is. The drive is made writable and ` +
      'opened only while the rescue runs, and put away at its end.',
    deviceWill: (name: string, held: string): string =>
      `Everything on ${name} is written over: ${held}. It cannot be had back.`,
    askedLater: 'Before anything is written you are asked to type something that only this disk has.',
    something: 'whatever it holds',
    noDevicePath: 'Disks are chosen in the list, so that none is written over by a slip of a key.',
    noRelativePath: 'The path must begin with /, such as /mnt/backup/windows.img.',
  },
  manner: {
    title: 'Step 3 of 4: HOW hard shall it try?',
    purpose: 'Without any choice here it is done as gently and as thoroughly as makes sense. Press Enter.',
    alwaysTitle: 'Always',
    always:
      'Gently first, then thoroughly: what the file system needs, then used data in large reads, jumping over what ' +
      'is bad or slow; bad areas last, smaller and smaller. You can stop at any moment and keep it all.',
    list: 'More, if you want',
    folders: (count: number): string =>
      count === 0
        ? 'f: choose folders to be saved first'
        : `f: ${plural(count, 'place')} chosen to be saved first`,
    personalFirst: {
      short: 'Personal folders first',
      long: 'Documents, desktop, pictures, videos, music and downloads of everybody are saved before programs and Windows.',
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
    how: 'How',
    plan: 'Gently first, then thoroughly. It can be stopped at any moment, and goes on later.',
    first: (path: string): string => `First: ${path}`,
    proof: 'Start',
    onDisk: (model: string | undefined, serial: string | undefined): string =>
      [model ?? 'a disk without a name', serial ? `serial ${serial}` : 'no serial number'].join(', '),
    newFile: 'A new file. Nothing that is there is lost.',
    erases: (partition: boolean): string =>
      partition ? '!! EVERYTHING IN THIS PARTITION IS LOST:' : '!! EVERYTHING ON THIS DISK IS LOST:',
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
      'A rescue at work. You can leave this screen at any time, and even close the program: the job goes on by itself.',
    starting: 'starting',
    checking: 'Checking source and target ...',
    progress: 'Progress',
    map: 'Map of the source',
    rate: 'Rate',
    waits: 'Longest wait for the disk',
    places: 'Worst places: at byte, size',
    noPlaces: 'no read errors so far',
    bad: 'bad',
    suspected: 'to be tried again',
    log: 'Log',
    question: 'A question',
    answers: {
      try: 'Press t to try them, or l to leave them alone. Nothing happens before you choose.',
      fix: 'Press f to fix it, or l to leave it as it is. Nothing happens before you choose.',
    },
    died: 'The rescue process has ended unexpectedly. What it saved is safe; it can go on.',
    stopping: 'Stopping: what is known is being saved. Press s again to stop at once.',
    skipping: 'Stopping at once.',
    pausing: 'Pausing: what was asked of the disk is waited for, and nothing more is asked.',
    resuming: 'Going on.',
    planned: (label: string, domainBytes: number, metadataBytes: number): string =>
      `${label}${bytesText(domainBytes)} to save, ${bytesText(metadataBytes)} of it the file system's own structures`,
  },
  files: {
    title: 'Step 3 of 4: files to be saved FIRST',
    purpose:
      'Mark folders and files with Space: they are saved before everything else. Looking reads the disk a little.',
    marked: 'To be saved first',
    noneMarked: 'Nothing is marked yet.',
    folder: 'folder',
    empty: 'The folder is empty.',
    reading: (time: string): string => `Reading the folder, ${time} ...`,
  },
  jobs: {
    title: 'Jobs: what was begun',
    purpose: 'Every rescue that was begun on this system. Choose one and press Enter to go on with it.',
    list: 'Jobs, the latest first',
    none: 'Nothing was begun yet.',
    short: 'Begun: press r to go on',
    unreachable: 'The job is at work, but cannot be watched from here',
    looking: 'Looking for its disks ...',
    cannot: 'The job cannot be gone on with; nothing was touched',
  },
  plain: {
    disks: 'The disks of this machine. All of them are only read until you say otherwise.',
    whichDisk: 'Which one is broken and shall be saved? Type its number, r to look again, or q to leave.',
    parts: 'What of it shall be saved?',
    whichPart: 'Type a number, Enter for the first one, or b to go back.',
    targets: (size: string): string => `Where shall the copy go? It needs up to ${size}.`,
    whichTarget: 'Type a number, the path of a new file, or b to go back.',
    fileIn: (folder: string): string => `A new file in ${folder}; what is there stays as it is.`,
    fileOn: 'A new file on it; what is there stays as it is.',
    erases: 'EVERYTHING ON IT IS LOST.',
    whichManner: 'Type the letters of what you want besides, Enter for nothing more, or b to go back.',
    typeYes: 'Type yes to start; anything else goes back.',
    notThat: (answer: string): string => `"${answer}" is not one of the answers.`,
    silent: 'IT DOES NOT ANSWER',
    good: 'Its health is good.',
    same: (words: string): string => `The same as: lifeboat rescue ${words}`,
  },
  notice: {
    purpose: 'Something to know before going on.',
    refused: 'It does not start; nothing was touched',
    exists: 'There is such a file already',
    chooseOther: 'Go back, and type another name with p. Nothing was touched.',
  },
  report: {
    purpose: 'How a rescue ended: what is saved, which files were hit, and where everything was put.',
    result: 'Result',
    damaged: 'Damaged files, the worst first',
    places: 'Kept',
    map: 'map   ',
    report: 'report',
    recordLost: 'whole file',
    noFiles: 'No file was hit.',
    noMatch: 'No damaged file has that in its name.',
    untraced: 'Which files were hit cannot be told: no NTFS structure could be read.',
    notYet: 'Which files were hit is told when the rescue is finished.',
    find: 'find',
    unmarked: (bytes: number): string =>
      `Beware: ${bytesText(bytes)} of used sectors in the target still show what was there before.`,
    files: (damaged: number, lost: number, freeBytes: number): string =>
      `${plural(damaged, 'file')} damaged, ${plural(lost, 'file')} lost with its record, ` +
      `${bytesText(freeBytes)} lost in free space`,
  },
  help: {
    title: 'Help',
    purpose: 'Explains the screen it was opened over.',
    firstAid: [
      'Your disk is failing. What matters, in this order:',
      ' 1. Do not write to it. (This program cannot: sources are only read.)',
      ' 2. Read it as little as possible, the important things first.',
      ' 3. Copy to ANOTHER disk. Work on the copy, never on the original.',
      ' 4. Clicking, grinding, not spinning: stop, power off, ask a specialist.',
      '    Every further try lowers the chance of a recovery in a clean room.',
    ],
    firstAidTitle: `First aid from Lifeboat ${VERSION}`,
    everywhere: 'Keys that work everywhere',
    here: 'This screen',
  },
} as const;
