import { type ListedEntry, listFolder, type VolumePlace } from '../../jobs/folder-listing.ts';
import { startSelf } from '../../jobs/self-task.ts';
import type { Machine } from '../../probe/machine.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { nameOf } from '../../tui/disks/place.ts';
import { copyWords, partOf, volumesIn } from '../../tui/files/copy-flow.ts';
import { type FolderChoice, folderOptions } from '../../tui/files/folder-options.ts';
import { volumeLine } from '../../tui/views/volume-view.ts';
import { WORDS } from '../../tui/words.ts';
import { type Conversation, choose, sayNumbered } from './conversation.ts';
import { describePlace } from './place-words.ts';
import { copyLine, followTask } from './task-lines.ts';

/** Lets files and folders of a volume be marked; the paths of those that were. */
export function markFiles(talk: Conversation, place: VolumePlace): Promise<readonly string[]> {
  return walk(talk, place, WORDS.plain.marking);
}

/** Looks into the copy that a rescue has made, be it of a volume or of a whole disk, and copies files out of it. */
export async function copyOutOf(
  talk: Conversation,
  place: VolumePlace,
  look: () => Promise<Machine>,
): Promise<void> {
  talk.say(WORDS.files.opening);
  const volumes = await volumesIn(place);
  if ('problem' in volumes) {
    for (const text of volumes.problem) talk.say(safeText(text));
    return;
  }
  let [chosen] = volumes;
  if (volumes.length > 1) {
    talk.say(`\n${WORDS.plain.volumes}`);
    sayNumbered(talk, volumes.map(volumeLine));
    chosen = await choose(talk, WORDS.plain.whichVolume, volumes);
    if (chosen === undefined) return;
  }
  await copyFiles(talk, partOf(place, chosen), look);
}

/** Looks into a volume, and copies out what is marked. */
export async function copyFiles(
  talk: Conversation,
  place: VolumePlace,
  look: () => Promise<Machine>,
): Promise<void> {
  const marked = await walk(talk, place, WORDS.plain.copying);
  if (marked.length === 0) return;
  const to = await askFolder(talk, await look(), place.from);
  if (to === undefined) return;
  const words = copyWords({ place, paths: marked, folder: to.folder, on: to.on, to: to.place });
  const { exitCode, said } = await followTask(talk, startSelf(words), copyLine);
  talk.say(WORDS.copy.verdicts[exitCode ?? 1] ?? WORDS.copy.failed);
  if (exitCode !== 0 && said !== '') talk.say(safeText(said));
}

/** Asks for a folder that files are copied into. */
async function askFolder(
  talk: Conversation,
  machine: Machine,
  from: string | undefined,
): Promise<FolderChoice | undefined> {
  return askPlaceOrPath(talk, folderOptions(machine, 'write', from), WORDS.plain.whereTo);
}

/** Asks for a drive, a folder, or a path that is typed. */
export async function askPlaceOrPath(
  talk: Conversation,
  options: ReturnType<typeof folderOptions>,
  heading: string,
): Promise<FolderChoice | undefined> {
  const possible = options.filter(({ refusal }) => !refusal);
  talk.say(`\n${heading}`);
  sayNumbered(
    talk,
    possible.map(
      ({ place, folder, on }) =>
        `${describePlace(place)}. ${on === undefined ? folder : WORDS.plain.inDrive}`,
    ),
  );
  for (const { place, refusal } of options) {
    if (refusal) talk.say(`   ${WORDS.target.refused(nameOf(place), refusal)}`);
  }
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichFolder);
    if (answer === undefined || answer === 'b') return undefined;
    if (answer.startsWith('/') && !answer.startsWith('/dev/'))
      return { folder: answer, on: undefined, place: undefined };
    const [, number = '', path] = /^(\d+)(?: +(\/.*))?$/.exec(answer) ?? [];
    const chosen = possible[Number(number) - 1];
    if (chosen) return { ...chosen, folder: path ?? chosen.folder };
    talk.say(WORDS.plain.notThat(answer));
  }
}

/** Walks through the folders of a volume; ends with what was marked on the way. */
async function walk(talk: Conversation, place: VolumePlace, question: string): Promise<readonly string[]> {
  const marked = new Set<string>();
  let folder = '';
  for (;;) {
    const listing = await listFolder(place, folder, new AbortController().signal);
    const entries = listing.kind === 'entries' ? listing.entries : [];
    talk.say(`\n${safeText(place.name)}  /${safeText(folder)}`);
    if (listing.kind === 'problem') talk.say(safeText(listing.message));
    else if (entries.length === 0) talk.say(WORDS.files.empty);
    sayNumbered(
      talk,
      entries.map((entry) => entryText(entry, marked.has(entry.path))),
    );
    const wish = await askWish(talk, question, entries);
    if (wish.kind === 'done') return [...marked];
    if (wish.kind === 'none') return [];
    if (wish.kind === 'up') folder = folder.split('/').slice(0, -1).join('/');
    else if (wish.kind === 'open') folder = wish.path;
    else {
      for (const path of wish.paths) if (!marked.delete(path)) marked.add(path);
      talk.say(WORDS.files.count(marked.size));
    }
  }
}

type Wish =
  | { readonly kind: 'done' }
  | { readonly kind: 'none' }
  | { readonly kind: 'up' }
  | { readonly kind: 'open'; readonly path: string }
  | { readonly kind: 'mark'; readonly paths: readonly string[] };

async function askWish(talk: Conversation, question: string, entries: readonly ListedEntry[]): Promise<Wish> {
  for (;;) {
    const wish = await choose<ListedEntry, Wish>(talk, question, entries, {
      u: { kind: 'up' },
      d: { kind: 'done' },
      m: { kind: 'mark', paths: [] },
    });
    if (wish === undefined) return { kind: 'none' };
    if (!('kind' in wish)) {
      if (wish.type === 'folder') return { kind: 'open', path: wish.path };
      return { kind: 'mark', paths: [wish.path] };
    }
    if (wish.kind !== 'mark') return wish;
    const numbers = (await talk.ask(WORDS.plain.whichMark)) ?? '';
    const paths = numbers.split(/[ ,]+/).flatMap((number) => entries[Number(number) - 1]?.path ?? []);
    if (paths.length > 0) return { kind: 'mark', paths };
    talk.say(WORDS.plain.notThat(safeText(numbers)));
  }
}

function entryText({ path, type, sizeBytes, missingBytes, problem }: ListedEntry, isMarked: boolean): string {
  const name = safeText(path.slice(path.lastIndexOf('/') + 1));
  const trouble = problem ?? (missingBytes ? WORDS.files.missing(bytesText(missingBytes)) : '');
  return [
    isMarked ? WORDS.plain.marked : '',
    type === 'folder' ? `${name}/` : `${name}, ${bytesText(sizeBytes)}`,
    trouble ? `(${safeText(trouble)})` : '',
  ]
    .filter(Boolean)
    .join(' ');
}
