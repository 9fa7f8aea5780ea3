import type { CloneEvent, ImageFacts } from '../../jobs/clone-events.ts';
import { inquire } from '../../jobs/inquiry.ts';
import { startSelf } from '../../jobs/self-task.ts';
import type { Machine } from '../../probe/machine.ts';
import { clonePhaseText } from '../../telling/clone-phase-words.ts';
import { cloneSummary } from '../../telling/clone-summary.ts';
import { imageLines } from '../../telling/image-lines.ts';
import { bytesText, durationText, percentText, rateText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { contentOf, type Place } from '../../tui/disks/place.ts';
import { folderOptions } from '../../tui/files/folder-options.ts';
import {
  type ImagePlace,
  imageLoad,
  lookWords,
  RESTORE_SWITCHES,
  type RestoreSwitch,
  restoreLoad,
  restoreWords,
  SAVE_SWITCHES,
  type SaveSwitch,
  saveWords,
  volumeOf,
  volumesOf,
  whyNoImage,
} from '../../tui/images/image-choice.ts';
import { askImageFacts } from '../../tui/images/image-facts.ts';
import { type ImageStory, imageTold, NEW_IMAGE_STORY } from '../../tui/images/image-story.ts';
import { bytesOf } from '../../tui/rescue/load.ts';
import type { TargetChoice } from '../../tui/rescue/rescue-choice.ts';
import type { SwitchWords } from '../../tui/views/switch-list.ts';
import { WORDS, withoutCommands } from '../../tui/words.ts';
import { type Conversation, choose, chooseDeed, sayNumbered } from './conversation.ts';
import { askPlaceOrPath, copyFiles } from './files-dialog.ts';
import { describePlace, sayPossible } from './place-words.ts';
import { askStart, askTarget } from './rescue-dialog.ts';
import { findFile } from './search-dialog.ts';
import { followTask, nowAndThen } from './task-lines.ts';

/** Talks about images: saving one, and whatever can be done with one. */
export class ImagesDialog {
  readonly #talk: Conversation;
  readonly #look: () => Promise<Machine>;

  constructor(talk: Conversation, look: () => Promise<Machine>) {
    this.#talk = talk;
    this.#look = look;
  }

  async open(): Promise<void> {
    for (;;) {
      this.#talk.say(`\n${WORDS.images.purpose}`);
      const deed = await chooseDeed(this.#talk, ['save', 'look'], WORDS.images);
      if (deed === undefined) return;
      if (deed === 'save') await this.#save();
      else await this.#find();
    }
  }

  async #save(): Promise<void> {
    const machine = await this.#look();
    const all = volumesOf(machine);
    const possible = sayPossible(this.#talk, WORDS.images.source.list, all, whyNoImage);
    if (all.length === 0) this.#talk.say(WORDS.images.source.none);
    const source = await choose(this.#talk, WORDS.plain.whichNumber, possible);
    if (source === undefined) return;
    const isOn = await this.#switches(WORDS.images.how.always, SAVE_SWITCHES, WORDS.images.saving);
    if (isOn === undefined) return;
    if (contentOf(source)?.dirty && !isOn('force')) {
      this.#talk.say(WORDS.images.dirty);
      return;
    }
    const target = await askTarget(
      this.#talk,
      machine,
      imageLoad(source, isOn('plain')),
      WORDS.plain.imageTargets,
    );
    if (target?.kind === 'file') await this.#confirmSave(source, target, isOn);
  }

  async #confirmSave(
    source: Place,
    target: Extract<TargetChoice, { kind: 'file' }>,
    isOn: (name: SaveSwitch) => boolean,
  ): Promise<void> {
    const plan = [
      WORDS.images.confirm.saves(bytesText(bytesOf(source).usedBytes)),
      WORDS.images.confirm.goesOn,
    ];
    if (await askStart(this.#talk, describePlace(source), target, plan)) {
      await this.#run(saveWords(source, target, isOn));
    }
  }

  /** Looks for an image in a drive or folder. */
  async #find(): Promise<void> {
    const options = folderOptions(await this.#look(), 'read', undefined);
    const place = await askPlaceOrPath(this.#talk, options, WORDS.images.drive.title);
    if (place === undefined) return;
    const ask = (from: string | undefined, folder: string) => inquire({ ask: 'images', from, folder });
    const image = await findFile(this.#talk, place, ask, WORDS.images.search);
    if (image) await this.#about(image);
  }

  async #about(image: ImagePlace): Promise<void> {
    const answer = await askImageFacts(startSelf, image);
    if (answer.kind === 'problem') {
      for (const text of answer.problem) this.#talk.say(safeText(text));
      return;
    }
    const { facts } = answer;
    const isBegun = facts.zstd?.isComplete === false;
    const deeds = isBegun ? (['goOn', 'files'] as const) : (['files', 'verify', 'restore'] as const);
    for (;;) {
      this.#talk.say('');
      for (const text of imageLines(facts).map(withoutCommands)) this.#talk.say(safeText(text));
      sayNumbered(
        this.#talk,
        deeds.map((deed) => WORDS.images.deeds[deed].short),
      );
      const deed = await choose<(typeof deeds)[number]>(this.#talk, WORDS.plain.whichNumber, deeds);
      if (deed === undefined) return;
      if (deed === 'files') await copyFiles(this.#talk, { ...image, map: undefined }, this.#look);
      else if (deed === 'verify') await this.#run(lookWords(image, 'verify'));
      else if (deed === 'restore') await this.#restore(image, facts);
      else await this.#goOn(image, facts);
    }
  }

  async #restore(image: ImagePlace, facts: ImageFacts): Promise<void> {
    const load = restoreLoad(image, facts);
    const target = await askTarget(this.#talk, await this.#look(), load, WORDS.plain.restoreTargets);
    if (target === undefined) return;
    const { restoring, confirm } = WORDS.images;
    const isOn = await this.#switches(restoring.how.always, RESTORE_SWITCHES, restoring);
    if (isOn === undefined) return;
    const plan = [confirm.restores(bytesText(facts.usedBytes))];
    if (await askStart(this.#talk, image.name, target, plan))
      await this.#run(restoreWords(image, target, isOn));
  }

  async #goOn(image: ImagePlace, facts: ImageFacts): Promise<void> {
    const source = volumeOf(await this.#look(), facts);
    if (source === undefined) {
      const { label = '', volumeSerial = '' } = facts.zstd ?? {};
      this.#talk.say(WORDS.images.noVolume(label, volumeSerial));
      return;
    }
    const why = whyNoImage(source);
    if (why !== undefined) this.#talk.say(why);
    else {
      const target = { kind: 'file' as const, path: image.path, place: undefined, on: image.from };
      await this.#confirmSave(source, target, () => false);
    }
  }

  /** Asks for numbers of what shall be switched on; undefined when the person goes back. */
  async #switches<Name extends SaveSwitch | RestoreSwitch>(
    always: string,
    names: readonly Name[],
    words: Readonly<Record<Name, SwitchWords>>,
  ): Promise<((name: Name) => boolean) | undefined> {
    this.#talk.say(`\n${always}`);
    sayNumbered(
      this.#talk,
      names.map((name) => words[name].short),
    );
    for (;;) {
      const answer = await this.#talk.ask(WORDS.plain.whichSwitches);
      if (answer === undefined || answer === 'b') return undefined;
      const numbers = answer.split(/[ ,]+/).filter(Boolean);
      const chosen = numbers.map((number) => names[Number(number) - 1]);
      if (chosen.every((name) => name !== undefined)) return (name) => chosen.includes(name);
      this.#talk.say(WORDS.plain.notThat(safeText(answer)));
    }
  }

  /** Does it, and says how it goes and how it ended. */
  async #run(words: readonly string[]): Promise<void> {
    let story = NEW_IMAGE_STORY;
    const passes = nowAndThen();
    const { said } = await followTask(this.#talk, startSelf(words), (event) => {
      const before = story;
      story = imageTold(story, event as CloneEvent);
      const latest = story.log.at(-1);
      if (story.log.length > before.log.length && latest !== undefined) return safeText(latest);
      const { progress } = story;
      return progress && progress !== before.progress ? passes(() => progressText(progress)) : undefined;
    });
    for (const text of endLines(story, said)) this.#talk.say(safeText(text));
  }
}

function progressText(progress: NonNullable<ImageStory['progress']>): string {
  const { phase, share, doneBytes, rate, secondsLeft, lostBytes } = progress;
  return [
    `${clonePhaseText(phase)}: ${percentText(share, 1)}`,
    doneBytes === undefined ? '' : bytesText(doneBytes),
    rate > 0 ? rateText(rate) : '',
    secondsLeft === undefined ? '' : WORDS.images.task.left(durationText(secondsLeft)),
    lostBytes > 0 ? WORDS.images.task.lost(bytesText(lostBytes)) : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function endLines({ done, refused }: ImageStory, said: string): string[] {
  if (refused) return [`${WORDS.notice.refused}.`, refused.message, withoutCommands(refused.advice)];
  if (!done) return [said || WORDS.images.died];
  const { failure } = done;
  return [
    ...(failure ? [failure.message, withoutCommands(failure.advice)] : []),
    ...cloneSummary(done),
  ].filter(Boolean);
}
