import type { ArchiveInfo } from '../../archive/inspect/archive-info.ts';
import { inquire } from '../../jobs/inquiry.ts';
import { startSelf } from '../../jobs/self-task.ts';
import type { Machine } from '../../probe/machine.ts';
import { archiveProgressText } from '../../telling/archive-events.ts';
import { archiveInfoLines } from '../../telling/archive-inspect-lines.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import {
  archivablePlaces,
  archiveLoad,
  archiveLookWords,
  archiveRestoreWords,
  archiveSaveWords,
  fileSystemName,
  isEncrypted,
  type Mapping,
  restoreLoad,
  whyNoArchive,
} from '../../tui/archives/archive-choice.ts';
import { askArchiveInfo } from '../../tui/archives/archive-info.ts';
import { type ArchiveTold, archiveTold, NEW_ARCHIVE_STORY } from '../../tui/archives/archive-story.ts';
import type { Place } from '../../tui/disks/place.ts';
import { folderOptions } from '../../tui/files/folder-options.ts';
import type { ImagePlace } from '../../tui/images/image-choice.ts';
import { WORDS } from '../../tui/words.ts';
import { type Conversation, chooseDeed } from './conversation.ts';
import { askPlaceOrPath } from './files-dialog.ts';
import { describePlace, sayPossible } from './place-words.ts';
import { askStart, askTarget } from './rescue-dialog.ts';
import { findFile } from './search-dialog.ts';
import { followTask, nowAndThen } from './task-lines.ts';

/** Talks about archives: saving one, checking one, making file systems of one again. */
export class ArchivesDialog {
  readonly #talk: Conversation;
  readonly #look: () => Promise<Machine>;

  constructor(talk: Conversation, look: () => Promise<Machine>) {
    this.#talk = talk;
    this.#look = look;
  }

  async open(): Promise<void> {
    for (;;) {
      this.#talk.say(`\n${WORDS.archives.purpose}`);
      const deed = await chooseDeed(this.#talk, ['save', 'look'], WORDS.archives);
      if (deed === undefined) return;
      if (deed === 'save') await this.#save();
      else await this.#find();
    }
  }

  async #save(): Promise<void> {
    const machine = await this.#look();
    const all = archivablePlaces(machine);
    const possible = sayPossible(this.#talk, WORDS.archives.source.list, all, whyNoArchive);
    const sources = await this.#sources(possible);
    if (sources === undefined) return;
    const load = archiveLoad(sources);
    const target = await askTarget(this.#talk, machine, load, WORDS.plain.archiveTargets);
    if (target?.kind !== 'file') return;
    const plan = [WORDS.archives.confirm.saves(bytesText(load.sizeBytes))];
    const named = sources.map(describePlace).join('; ');
    if (!(await askStart(this.#talk, named, target, plan))) return;
    const usual = { level: '8', split: 'none', encrypt: 'no', force: 'no' } as const;
    await this.#run(archiveSaveWords(sources, target, usual, undefined));
  }

  /** One or several of them; undefined when the person goes back. */
  async #sources(possible: readonly Place[]): Promise<readonly Place[] | undefined> {
    for (;;) {
      const answer = await this.#talk.ask(WORDS.plain.whichSources);
      if (answer === undefined || answer === 'b') return undefined;
      const numbers = answer.split(/[ ,]+/).filter(Boolean);
      const chosen = numbers.map((number) => possible[Number(number) - 1]);
      const known = chosen.filter((place) => place !== undefined);
      if (known.length > 0 && known.length === chosen.length) return [...new Set(known)];
      this.#talk.say(WORDS.plain.notThat(safeText(answer)));
    }
  }

  /** Looks for an archive in a drive or folder. */
  async #find(): Promise<void> {
    const options = folderOptions(await this.#look(), 'read', undefined);
    const place = await askPlaceOrPath(this.#talk, options, WORDS.archives.drive.title);
    if (place === undefined) return;
    const ask = (from: string | undefined, folder: string) => inquire({ ask: 'archives', from, folder });
    const archive = await findFile(this.#talk, place, ask, WORDS.archives.search);
    if (archive) await this.#about(archive);
  }

  async #about(archive: ImagePlace): Promise<void> {
    const answer = await askArchiveInfo(startSelf, archive);
    if (answer.kind === 'problem') {
      for (const text of answer.problem) this.#talk.say(safeText(text));
      return;
    }
    const { info } = answer;
    const deeds = ['verify', 'restore'] as const;
    for (;;) {
      this.#talk.say('');
      for (const text of archiveInfoLines(info)) this.#talk.say(safeText(text));
      const deed = await chooseDeed(this.#talk, deeds, WORDS.archives.deeds);
      if (deed === undefined) return;
      if (deed === 'verify') await this.#run(archiveLookWords(archive, 'verify'));
      else await this.#restore(archive, info);
    }
  }

  /** A target for each file system, which is proven at once; none leaves it out. */
  async #restore(archive: ImagePlace, info: ArchiveInfo): Promise<void> {
    if (isEncrypted(info)) {
      // What is typed here can be seen.
      this.#talk.say(WORDS.plain.noPassword(safeText(archive.name)));
      return;
    }
    const { confirm } = WORDS.archives;
    const mappings: Mapping[] = [];
    for (const fileSystem of info.head.fileSystems) {
      const taken = mappings.map(({ target }) => target);
      const load = restoreLoad(archive, fileSystem, taken);
      this.#talk.say(`\n${safeText(fileSystemName(fileSystem))}`);
      const target = await askTarget(this.#talk, await this.#look(), load, WORDS.plain.partitionTargets);
      if (target?.kind !== 'device') continue;
      const plan = [confirm.restores(bytesText(fileSystem.usedBytes)), confirm.compared];
      const named = safeText(`${archive.name}, ${fileSystemName(fileSystem)}`);
      if (await askStart(this.#talk, named, target, plan)) mappings.push({ fileSystem, target });
    }
    if (mappings.length > 0) await this.#run(archiveRestoreWords(archive, mappings, undefined));
  }

  /** Does it, and says how it goes and how it ended. */
  async #run(words: readonly string[]): Promise<void> {
    let story = NEW_ARCHIVE_STORY;
    const passes = nowAndThen();
    const { said } = await followTask(this.#talk, startSelf(words), (event) => {
      const before = story;
      story = archiveTold(story, event as ArchiveTold);
      const fresh = story.log.slice(before.log.length);
      if (fresh.length > 0) return fresh.map(safeText).join('\n');
      const { progress } = story;
      return progress && progress !== before.progress
        ? passes(() => archiveProgressText(progress))
        : undefined;
    });
    for (const text of story.end?.lines ?? [said || WORDS.images.died]) this.#talk.say(safeText(text));
  }
}
