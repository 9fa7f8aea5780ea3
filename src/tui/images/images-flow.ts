import type { ImageFacts } from '../../jobs/clone-events.ts';
import { inquire } from '../../jobs/inquiry.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import { imageLines } from '../../telling/image-lines.ts';
import { bytesText } from '../../text/quantity.ts';
import type { BootFlow } from '../boot/boot-flow.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { contentOf, nameOf, type Place, placeNow } from '../disks/place.ts';
import type { CopyFlow } from '../files/copy-flow.ts';
import { folderOptions } from '../files/folder-options.ts';
import { lookAtFile } from '../rescue/file-words.ts';
import { bytesOf } from '../rescue/load.ts';
import type { FileTarget, TargetChoice } from '../rescue/rescue-choice.ts';
import { shortName } from '../rescue/short-name.ts';
import type { TakenNames } from '../rescue/taken-names.ts';
import type { TaskDeed } from '../running/story-task.ts';
import type { Desk } from '../view.ts';
import { ConfirmView } from '../views/confirm-view.ts';
import { FolderView } from '../views/folder-view.ts';
import { ImageFolderView } from '../views/image-folder-view.ts';
import { ImageTaskView } from '../views/image-task-view.ts';
import { type ImageDeeds, ImageView } from '../views/image-view.ts';
import { type ImageActions, ImagesView } from '../views/images-view.ts';
import { NoticeView } from '../views/notice-view.ts';
import { SourceView } from '../views/source-view.ts';
import { SwitchesView } from '../views/switches-view.ts';
import { TargetView } from '../views/target-view.ts';
import { WORDS } from '../words.ts';
import {
  type ImagePlace,
  imageLoad,
  lookWords,
  RESTORE_SWITCHES,
  restoreLoad,
  restoreWords,
  SAVE_SWITCHES,
  type SaveSwitch,
  saveWords,
  volumeOf,
  volumesOf,
  whyNoImage,
} from './image-choice.ts';
import { askImageFacts, type ImageAnswer } from './image-facts.ts';
import { ImageTask } from './image-task.ts';

/** Leads to images: what is saved to one, what is done with one. What is at work is kept, whatever screen is in view. */
export class ImagesFlow implements ImageActions<ImageTask>, ImageDeeds {
  readonly #store: MachineStore;
  readonly #start: (words: readonly string[]) => SelfTask;
  readonly #copies: CopyFlow;
  readonly #boot: Pick<BootFlow, 'hint' | 'open'>;
  readonly #names: TakenNames;
  #tasks: readonly ImageTask[] = [];

  /** `start` starts a command of this program that tells what it does as JSON. */
  constructor(
    store: MachineStore,
    start: (words: readonly string[]) => SelfTask,
    copies: CopyFlow,
    boot: Pick<BootFlow, 'hint' | 'open'>,
    names: TakenNames,
  ) {
    this.#store = store;
    this.#start = start;
    this.#copies = copies;
    this.#boot = boot;
    this.#names = names;
  }

  open(desk: Desk): void {
    desk.open(new ImagesView(() => this.#tasks, this));
  }

  /** What is still at work; it ends together with this program. */
  get running(): readonly ImageTask[] {
    return this.#tasks.filter(({ isOver }) => !isOver);
  }

  save(desk: Desk): void {
    const volumes = (): Place[] => volumesOf(this.#store.machine);
    const words = { ...WORDS.images.source, whyNot: whyNoImage };
    const next = (source: Place): void =>
      desk.open(
        new SwitchesView(WORDS.images.how, SAVE_SWITCHES, WORDS.images.saving, (isOn) =>
          this.#chooseTarget(source, isOn, desk),
        ),
      );
    desk.open(new SourceView(volumes, undefined, next, words));
  }

  look(desk: Desk): void {
    const { drive } = WORDS.images;
    desk.open(
      new FolderView(
        () => folderOptions(this.#store.machine, 'read', undefined),
        ({ folder, on }) => {
          const ask = (from: string | undefined, path: string) =>
            inquire({ ask: 'images', from, folder: path });
          desk.open(new ImageFolderView({ from: on, folder }, ask, (image) => this.#openImage(image, desk)));
        },
        drive,
      ),
    );
  }

  watch(task: ImageTask, desk: Desk): void {
    desk.open(new ImageTaskView(task, (ended) => this.#run(ended.deed, desk), this.#boot));
  }

  facts(image: ImagePlace): Promise<ImageAnswer> {
    return askImageFacts(this.#start, image);
  }

  files(image: ImagePlace, desk: Desk): void {
    this.#copies.browse({ ...image, map: undefined }, desk);
  }

  verify(image: ImagePlace, desk: Desk): void {
    const { verify } = WORDS.images.titles;
    const words = lookWords(image, 'verify');
    this.#run({ title: verify(image.name), short: verify(shortName(image.path)), words }, desk);
  }

  restore(image: ImagePlace, facts: ImageFacts, desk: Desk): void {
    const load = restoreLoad(image, facts);
    const { to, how, restoring, titles, confirm } = WORDS.images;
    const next = (target: TargetChoice): void =>
      desk.open(
        new SwitchesView({ ...how, ...restoring.how }, RESTORE_SWITCHES, restoring, (isOn) => {
          const words = restoreWords(image, target, isOn);
          const title = titles.restore(image.name, targetName(target));
          const short = titles.restore(shortName(image.path), shortName(target.path));
          const device = target.kind === 'device' ? target.path : undefined;
          const deed = { title, short, words, device };
          const source = [image.name, ...imageLines(facts).slice(1, 4)];
          const switched = RESTORE_SWITCHES.filter(isOn).map((name) => restoring[name].short);
          const plan = [confirm.restores(bytesText(facts.usedBytes)), ...switched];
          desk.open(
            new ConfirmView(
              { ...confirm.restore, source, target, plan, now: this.#now, look: lookAtFile },
              () => this.#run(deed, desk),
            ),
          );
        }),
      );
    desk.open(new TargetView(this.#store, () => load, next, to, this.#names));
  }

  /** An interrupted save goes on with its own volume, by its serial number. */
  goOn(image: ImagePlace, facts: ImageFacts, desk: Desk): void {
    const source = volumeOf(this.#store.machine, facts);
    if (!source) {
      const { label = '', volumeSerial = '' } = facts.zstd ?? {};
      const said = WORDS.images.noVolume(label, volumeSerial);
      desk.open(new NoticeView(WORDS.images.deeds.goOn.short, [said], 'warn'));
      return;
    }
    const refusal = whyNoImage(source);
    if (refusal) desk.open(new NoticeView(WORDS.images.deeds.goOn.short, [refusal], 'warn'));
    else
      this.#confirmSave(
        source,
        { kind: 'file', path: image.path, place: undefined, on: image.from },
        () => false,
        desk,
      );
  }

  readonly #now = (place: Place): Place => placeNow(this.#store.machine, place);

  #openImage(image: ImagePlace, desk: Desk): void {
    desk.open(new ImageView(image, this));
  }

  #chooseTarget(source: Place, isOn: (name: SaveSwitch) => boolean, desk: Desk): void {
    if (contentOf(source)?.dirty && !isOn('force')) {
      desk.say(WORDS.images.dirty, 'warn');
      return;
    }
    const load = imageLoad(source, isOn('plain'));
    const next = (target: TargetChoice): void => {
      if (target.kind === 'file') this.#confirmSave(source, target, isOn, desk);
    };
    desk.open(new TargetView(this.#store, () => load, next, WORDS.images.target, this.#names));
  }

  #confirmSave(source: Place, target: FileTarget, isOn: (name: SaveSwitch) => boolean, desk: Desk): void {
    const { confirm, saving, titles } = WORDS.images;
    const deed = {
      title: titles.save(nameOf(source), targetName(target)),
      short: titles.save(nameOf(source), shortName(target.path)),
      words: saveWords(source, target, isOn),
    };
    const switched = SAVE_SWITCHES.filter(isOn).map((name) => saving[name].short);
    const plan = [confirm.saves(bytesText(bytesOf(source).usedBytes)), confirm.goesOn, ...switched];
    desk.open(
      new ConfirmView({ ...confirm.save, source, target, plan, now: this.#now, look: lookAtFile }, () =>
        this.#run(deed, desk),
      ),
    );
  }

  /** Begins, and shows it on top of the first screen of images. */
  #run(deed: TaskDeed, desk: Desk): void {
    const task = new ImageTask(deed, this.#start, () => desk.changed());
    this.#tasks = [task, ...this.#tasks];
    desk.home();
    this.open(desk);
    this.watch(task, desk);
  }
}

const targetName = (target: TargetChoice): string =>
  target.kind === 'file' && target.on !== undefined ? `${target.on}:${target.path}` : target.path;
