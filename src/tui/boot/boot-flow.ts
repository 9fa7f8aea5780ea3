import { inquire } from '../../jobs/inquiry.ts';
import type { SelfTalk } from '../../jobs/self-task.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { nameOf, type Place, pathOf, placesOf } from '../disks/place.ts';
import { proofFor, proofOf } from '../rescue/rescue-choice.ts';
import { shortName } from '../rescue/short-name.ts';
import type { Desk, View } from '../view.ts';
import { BootPlanView } from '../views/boot-plan-view.ts';
import { type BootActions, BootView } from '../views/boot-view.ts';
import { NoticeView } from '../views/notice-view.ts';
import { WORDS, withoutCommands } from '../words.ts';
import { BootSession } from './boot-session.ts';

/** A disk or partition, and no file in a drive that was mounted for a rescue alone. */
const isDevice = (target: string): boolean => /^\/dev\/[^:]+$/.test(target);

/** Leads from a disk, a partition or a copy to what Windows needs to boot from it, and to fixes. */
export class BootFlow implements BootActions {
  readonly #store: MachineStore;
  readonly #start: (path: string) => SelfTalk;

  /** `start` starts the process that checks and mends one disk. */
  constructor(store: MachineStore, start: (path: string) => SelfTalk) {
    this.#store = store;
    this.#start = start;
  }

  /** The check of what is attached. */
  place(place: Place, desk: Desk): void {
    const path = pathOf(place);
    if (place.disk.state.kind === 'gone') desk.say(WORDS.disks.isGone(nameOf(place)), 'warn');
    else if (path === undefined) desk.say(WORDS.boot.noName(nameOf(place)), 'warn');
    else this.open(path, desk);
  }

  /** The check of a device, or of an image in a file. */
  open(path: string, desk: Desk): void {
    // A copy in a drive that was mounted for a rescue alone.
    if (/^\/dev\/[^:]+:\//.test(path)) {
      desk.open(new NoticeView(WORDS.boot.away, [WORDS.boot.awayAdvice], 'warn'));
      return;
    }
    desk.open(new BootView(shortName(path), new BootSession(this.#start(path)), this));
  }

  /**
   * Whether Windows will boot from what was just written, in a sentence or two; undefined where that is no question.
   * `source`: what it was made from.
   */
  async hint(target: string, source: string): Promise<string | undefined> {
    if (!isDevice(target)) return undefined;
    const answer = await inquire({ ask: 'boot', path: target });
    if (answer.kind === 'refusal' || answer.answer === null) return undefined;
    // Two disks with the same numbers confuse Windows.
    const isWhole = this.#store.machine.disks.some(({ path }) => path === source);
    return [answer.answer, isWhole ? WORDS.boot.unplug : '', WORDS.boot.leads].filter(Boolean).join(' ');
  }

  other(path: string, desk: Desk): void {
    this.open(path, desk);
  }

  async fix(session: BootSession, name: string, desk: Desk, from: View): Promise<void> {
    await this.#plan(session, { do: 'prepare', name }, name, desk, from);
  }

  async undo(session: BootSession, path: string, desk: Desk, from: View): Promise<void> {
    await this.#plan(session, { do: 'prepare-undo', path }, shortName(path), desk, from);
  }

  /** Shows what would be written, or why nothing can be. */
  async #plan(
    session: BootSession,
    order: Parameters<BootSession['plan']>[0],
    name: string,
    desk: Desk,
    from: View,
  ): Promise<void> {
    desk.say(WORDS.boot.preparing);
    const plan = await session.plan(order);
    desk.say('');
    // Who has gone elsewhere meanwhile is not led back.
    if (!desk.shows(from)) return;
    const device = session.check?.device;
    if (!('pieces' in plan)) {
      desk.open(new NoticeView(WORDS.boot.refused, plan.map(withoutCommands).filter(Boolean), 'warn'));
      return;
    }
    const disk = placesOf(this.#store.machine).find((place) => !place.partition && pathOf(place) === device);
    const proof = disk ? proofFor(disk) : proofOf(undefined, session.check?.sizeBytes ?? 0);
    desk.open(new BootPlanView(name, plan, session, proof));
  }
}
