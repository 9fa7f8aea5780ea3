/** The page of the manual about keys, made from the table that footers and help are made of: `key-table.ts > docs/keys.md`. */
import { GLOBAL_KEYS, KEYS, type KeyBinding, keyText } from '../../src/tui/keys.ts';

/** What people call the screens, or states of them, in the order in which they are met. */
const SCREENS: Readonly<Record<keyof typeof KEYS, string>> = {
  disks: 'The first screen',
  source: 'Step 1: what',
  target: 'Step 2: where',
  path: 'While a path is typed',
  manner: 'Step 3: how hard',
  files: 'Folders to be saved first',
  confirm: 'Step 4, for a new file',
  proof: 'Step 4, before something is written over',
  running: 'A rescue at work',
  stopping: 'While it stops',
  hopeless: 'The question about what is probably lost',
  table: 'The question about the partition table',
  dead: 'When its process has died',
  map: 'The map',
  report: 'The report',
  find: 'While damaged files are searched',
  copies: 'Files of a copy or an image',
  volumes: 'Which partition of the copy of a disk',
  folders: 'Where files are copied to',
  task: 'While files are copied, or a copy is compared',
  jobs: 'Jobs',
  images: 'Images',
  switches: 'How an image is saved or restored',
  drives: 'In which drive an image is',
  search: 'The folders of that drive',
  image: 'An image',
  imageTask: 'An image at work',
  marks: 'What goes into an archive',
  values: 'How an archive is saved',
  password: 'While a password is typed',
  mapping: 'Where an archive is restored to',
  archiveList: 'What is in an archive',
  archiveTask: 'An archive at work',
  boot: 'Will Windows boot?',
  bootPlan: 'Before a fix is written, or undone',
  written: 'When a device was written',
  settings: 'Settings',
  keyboard: 'Layout of the keyboard (live image)',
  leave: 'Leaving (live image)',
  lines: 'Logs and lists',
  wait: 'While something is looked for',
  writing: 'While a list is written',
  notice: 'A notice',
  help: 'Help',
};

const row = ({ keys, long }: KeyBinding): string => `| ${keys.map(keyText).join(', ')} | ${long} |`;
const table = (bindings: readonly KeyBinding[]): string =>
  ['| key | what it does |', '|---|---|', ...bindings.map(row)].join('\n');

/** The whole page. */
export function keyPage(): string {
  const screens = Object.entries(SCREENS).map(
    ([name, title]) => `## ${title}\n\n${table(Object.values(KEYS[name as keyof typeof KEYS]))}`,
  );
  return [
    '# Keys of the dashboard',
    'The most important ones stand at the bottom of every screen, all of a screen under `?`. This page is made\n' +
      'from the same table (`scripts/docs/key-table.ts`).',
    `## Everywhere\n\n${table(Object.values(GLOBAL_KEYS))}`,
    ...screens,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

if (import.meta.main) process.stdout.write(keyPage());
