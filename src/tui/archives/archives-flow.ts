import type { ArchiveInfo } from '../../archive/inspect/archive-info.ts';
import { inquire } from '../../jobs/inquiry.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import type { BootFlow } from '../boot/boot-flow.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { contentText, nameOf, type Place, placeNow } from '../disks/place.ts';
import { folderOptions } from '../files/folder-options.ts';
import type { ImagePlace } from '../images/image-choice.ts';
import { lookAtFile } from '../rescue/file-words.ts';
import type { FileTarget, TargetChoice } from '../rescue/rescue-choice.ts';
import { shortName } from '../rescue/short-name.ts';
import type { TakenNames } from '../rescue/taken-names.ts';
import type { StartTask, TaskDeed } from '../running/story-task.ts';
import type { Desk } from '../view.ts';
import { ArchiveListView } from '../views/archive-list-view.ts';
import { ArchiveTaskView } from '../views/archive-task-view.ts';
import { type ArchiveDeeds, ArchiveView } from '../views/archive-view.ts';
import { ConfirmView } from '../views/confirm-view.ts';
import { FolderView } from '../views/folder-view.ts';
import { ImageFolderView } from '../views/image-folder-view.ts';
import { type ImageActions, ImagesView } from '../views/images-view.ts';
import { MappingView } from '../views/mapping-view.ts';
import { MarkView } from '../views/mark-view.ts';
import { PasswordView } from '../views/password-view.ts';
import { TargetView } from '../views/target-view.ts';
import { ValuesView } from '../views/values-view.ts';
import { WORDS } from '../words.ts';
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
  SAVE_VALUES,
  type SaveOptions,
  whyNoArchive,
} from './archive-choice.ts';
import { type ArchiveAnswer, askArchiveInfo } from './archive-info.ts';
import { ArchiveTask } from './archive-task.ts';

/** Leads to archives: what is saved to one, what is done with one. What is at work is kept, whatever screen is in view. */
export class ArchivesFlow implements ImageActions<ArchiveTask>, ArchiveDeeds {
  readonly #store: MachineStore;
  readonly #start: StartTask;
  readonly #boot: Pick<BootFlow, 'hint' | 'open'>;
  readonly #names: TakenNames;
  #tasks: readonly ArchiveTask[] = [];

  constructor(
    store: MachineStore,
    start: StartTask,
    boot: Pick<BootFlow, 'hint' | 'open'>,
    names: TakenNames,
  ) {
    this.#store = store;
    this.#start = start;
    this.#boot = boot;
    this.#names = names;
  }

  open(desk: Desk): void {
    desk.open(new ImagesView(() => this.#tasks, this, WORDS.archives));
  }

  /** What is still at work; it ends together with this program. */
  get running(): readonly ArchiveTask[] {
    return this.#tasks.filter(({ isOver }) => !isOver);
  }

  save(desk: Desk): void {
    const places = (): Place[] => archivablePlaces(this.#store.machine);
    desk.open(new MarkView(places, whyNoArchive, (sources) => this.#chooseHow(sources, desk)));
  }

  look(desk: Desk): void {
    const { drive, search } = WORDS.archives;
    const options = () => folderOptions(this.#store.machine, 'read', undefined);
    desk.open(
      new FolderView(
        options,
        ({ folder, on }) => {
          const ask = (from: string | undefined, path: string) =>
            inquire({ ask: 'archives', from, folder: path });
          const next = (archive: ImagePlace): void => desk.open(new ArchiveView(archive, this));
          desk.open(new ImageFolderView({ from: on, folder }, ask, next, search));
        },
        drive,
      ),
    );
  }

  watch(task: ArchiveTask, desk: Desk): void {
    desk.open(new ArchiveTaskView(task, this.#boot));
  }

  info(archive: ImagePlace): Promise<ArchiveAnswer> {
    return askArchiveInfo(this.#start, archive);
  }

  list(archive: ImagePlace, desk: Desk): void {
    desk.open(new ArchiveListView(archive.name, () => this.#start(archiveLookWords(archive, 'list'))));
  }

  verify(archive: ImagePlace, desk: Desk): void {
    const { verify } = WORDS.archives.titles;
    const words = archiveLookWords(archive, 'verify');
    this.#run({ title: verify(archive.name), short: verify(shortName(archive.path)), words }, desk);
  }

  /** What goes where first; then the password, then each target is confirmed for itself. */
  restore(archive: ImagePlace, info: ArchiveInfo, desk: Desk): void {
    const next = (mappings: readonly Mapping[]): void => {
      const confirmed = (password?: string): void =>
        this.#confirmTarget(archive, info, mappings, password, 0, desk);
      if (isEncrypted(info)) desk.open(new PasswordView(false, confirmed));
      else confirmed();
    };
    desk.open(
      new MappingView(
        info.head.fileSystems,
        (fileSystem, others, take) => {
          const load = () => restoreLoad(archive, fileSystem, others);
          const chosen = (target: TargetChoice): void => {
            if (target.kind !== 'device') return;
            take(target);
            desk.back();
          };
          desk.open(new TargetView(this.#store, load, chosen, WORDS.archives.to));
        },
        next,
      ),
    );
  }

  #confirmTarget(
    archive: ImagePlace,
    info: ArchiveInfo,
    mappings: readonly Mapping[],
    password: string | undefined,
    at: number,
    desk: Desk,
  ): void {
    const mapping = mappings[at];
    if (!mapping) {
      this.#restore(archive, mappings, password, desk);
      return;
    }
    const { confirm } = WORDS.archives;
    const { fileSystem, target } = mapping;
    const source = [archive.name, fileSystemName(fileSystem)];
    const plan = [confirm.restores(bytesText(fileSystem.usedBytes)), confirm.compared];
    const side = info.side && !info.side.problem ? [] : [confirm.noSide];
    const isNtfs = fileSystem.type === 'ntfs';
    const title = confirm.restore.title(at + 1, mappings.length);
    const deed = {
      ...confirm.restore,
      title,
      source,
      target,
      plan: [...plan, ...(isNtfs ? side : [])],
      now: this.#now,
      look: lookAtFile,
    };
    desk.open(
      new ConfirmView(deed, () => this.#confirmTarget(archive, info, mappings, password, at + 1, desk)),
    );
  }

  readonly #now = (place: Place): Place => placeNow(this.#store.machine, place);

  #restore(
    archive: ImagePlace,
    mappings: readonly Mapping[],
    password: string | undefined,
    desk: Desk,
  ): void {
    const targets = mappings.map(({ target }) => shortName(target.path)).join(', ');
    const { restore } = WORDS.archives.titles;
    const deed = {
      title: restore(archive.name, targets),
      short: restore(shortName(archive.path), targets),
      words: archiveRestoreWords(archive, mappings, password),
      input: password,
      // What is started from lies on one of them; the disk as a whole is looked at.
      device: mappings[0]?.target.path,
    };
    this.#run(deed, desk);
  }

  #chooseHow(sources: readonly Place[], desk: Desk): void {
    const { how, options } = WORDS.archives;
    desk.open(
      new ValuesView<SaveOptions>(how, options, SAVE_VALUES, (chosen) => {
        if (chosen.encrypt === 'no') this.#chooseTarget(sources, chosen, undefined, desk);
        else
          desk.open(
            new PasswordView(true, (password) => this.#chooseTarget(sources, chosen, password, desk)),
          );
      }),
    );
  }

  #chooseTarget(
    sources: readonly Place[],
    options: SaveOptions,
    password: string | undefined,
    desk: Desk,
  ): void {
    const load = archiveLoad(sources);
    const next = (target: TargetChoice): void => {
      if (target.kind === 'file') this.#confirmSave(sources, target, options, password, desk);
    };
    desk.open(new TargetView(this.#store, () => load, next, WORDS.archives.target, this.#names));
  }

  #confirmSave(
    sources: readonly Place[],
    target: FileTarget,
    options: SaveOptions,
    password: string | undefined,
    desk: Desk,
  ): void {
    const { confirm, titles, options: words } = WORDS.archives;
    const names = sources.map(nameOf).join(', ');
    const where = target.on === undefined ? target.path : `${target.on}:${target.path}`;
    const deed = {
      title: titles.save(names, where),
      short: titles.save(names, shortName(target.path)),
      words: archiveSaveWords(sources, target, options, password),
      input: password,
    };
    const source = sources.map((place) => safeText(`${nameOf(place)}  ${contentText(place)}`));
    const plan = [
      confirm.saves(bytesText(archiveLoad(sources).sizeBytes)),
      `${words.level.name}: ${words.level.values[options.level]}.`,
      ...(options.split === 'none' ? [] : [`${words.split.name}: ${words.split.values[options.split]}.`]),
      ...(password === undefined ? [] : [confirm.encrypted]),
      ...(options.force === 'yes' ? [words.force.values.yes] : []),
    ];
    desk.open(
      new ConfirmView({ ...confirm.save, source, target, plan, now: this.#now, look: lookAtFile }, () =>
        this.#run(deed, desk),
      ),
    );
  }

  /** Begins, and shows it on top of the first screen of archives. */
  #run(deed: TaskDeed, desk: Desk): void {
    const task = new ArchiveTask(deed, this.#start, () => desk.changed());
    this.#tasks = [task, ...this.#tasks];
    desk.home();
    this.open(desk);
    this.watch(task, desk);
  }
}
