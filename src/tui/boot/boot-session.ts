import type { RepairEvent, RepairOrder, ShownCheck, ShownPlan } from '../../jobs/boot/repair-messages.ts';
import type { SelfTalk } from '../../jobs/self-task.ts';
import { WORDS } from '../words.ts';

/** Why something is not done, in paragraphs. */
export type Reason = readonly string[];

/** What a screen and the process that checks and mends one disk say to each other. One thing is asked at a time. */
export class BootSession {
  readonly #talk: SelfTalk;
  #check: ShownCheck | undefined;
  #problem: Reason | undefined;
  #undoFile: string | undefined;
  #said: readonly string[] = [];
  /** Since when it is at work; undefined while nothing is asked of it. */
  #sinceMs: number | undefined;
  #answered: (event: RepairEvent) => void = () => undefined;
  /** Why nobody answers any more. */
  #end: RepairEvent | undefined;

  constructor(talk: SelfTalk) {
    this.#talk = talk;
    void this.#listen();
  }

  /** What the last look has found; undefined before it. */
  get check(): ShownCheck | undefined {
    return this.#check;
  }

  /** Why there is none. */
  get problem(): Reason | undefined {
    return this.#problem;
  }

  /** What puts back all that was written here. */
  get undoFile(): string | undefined {
    return this.#undoFile;
  }

  /** What came of what was written last. */
  get said(): readonly string[] {
    return this.#said;
  }

  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  async look(): Promise<void> {
    const event = await this.#ask({ do: 'check' });
    if (event.event === 'checked') {
      this.#check = event.check;
      this.#problem = undefined;
    } else this.#problem = reasonOf(event);
  }

  /** What a fix, or an undo file, would change. */
  async plan(order: Extract<RepairOrder, { do: 'prepare' | 'prepare-undo' }>): Promise<ShownPlan | Reason> {
    const event = await this.#ask(order);
    return event.event === 'planned' ? event.plan : reasonOf(event);
  }

  /** Writes what was planned last; undefined when that went well. */
  async write(): Promise<Reason | undefined> {
    const event = await this.#ask({ do: 'write' });
    if (event.event !== 'written') return reasonOf(event);
    this.#check = event.check;
    this.#said = event.said;
    this.#undoFile = event.undoFile;
    return undefined;
  }

  /** It ends when it has done what it is at. */
  close(): void {
    this.#talk.close();
  }

  #ask(order: RepairOrder): Promise<RepairEvent> {
    if (this.#end) return Promise.resolve(this.#end);
    this.#sinceMs = Date.now();
    return new Promise((resolve) => {
      this.#answered = (event) => {
        this.#sinceMs = undefined;
        resolve(event);
      };
      this.#talk.send(order);
    });
  }

  async #listen(): Promise<void> {
    for await (const event of this.#talk.events) this.#answered(event as RepairEvent);
    const { said } = await this.#talk.ended;
    this.#end = { event: 'refused', message: said || WORDS.boot.died, advice: '' };
    this.#answered(this.#end);
  }
}

const reasonOf = (event: RepairEvent): Reason =>
  event.event === 'refused' ? [event.message, event.advice].filter(Boolean) : [WORDS.boot.died];
