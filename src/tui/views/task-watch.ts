import type { SelfTask } from '../../jobs/self-task.ts';
import { isKey, KEYS, type KeyGroup } from '../keys.ts';
import type { Desk } from '../view.ts';

/** How a task has ended, and when. */
export interface TaskEnd {
  readonly exitCode: number | undefined;
  readonly said: string;
  readonly atMs: number;
}

/** A task that a view starts when it is opened, and stops when it is left. */
export class TaskWatch<Told> {
  readonly #start: () => SelfTask;
  readonly #take: (told: Told) => void;
  readonly #sinceMs = Date.now();
  #task: SelfTask | undefined;
  #end: TaskEnd | undefined;
  #ticking: NodeJS.Timeout | undefined;

  /** `take` gets all that it tells. */
  constructor(start: () => SelfTask, take: (told: Told) => void) {
    this.#start = start;
    this.#take = take;
  }

  /** Undefined as long as it is at work. */
  get end(): TaskEnd | undefined {
    return this.#end;
  }

  get keys(): KeyGroup {
    return this.#end ? KEYS.notice : KEYS.task;
  }

  /** Seconds that it took, or has taken until now. */
  get seconds(): number {
    return ((this.#end?.atMs ?? Date.now()) - this.#sinceMs) / 1000;
  }

  opened(desk: Desk): void {
    if (this.#task) return;
    this.#task = this.#start();
    this.#ticking = setInterval(() => desk.changed(), 1000);
    void this.#listen(this.#task, desk);
  }

  closed(): void {
    clearInterval(this.#ticking);
    if (!this.#end) this.#task?.stop();
  }

  key(key: string, desk: Desk): void {
    if (this.#end && isKey(key, KEYS.notice.back)) desk.back();
    else if (isKey(key, KEYS.task.stop)) this.#task?.stop();
  }

  async #listen(task: SelfTask, desk: Desk): Promise<void> {
    for await (const event of task.events) {
      this.#take(event as Told);
      desk.changed();
    }
    this.#end = { ...(await task.ended), atMs: Date.now() };
    clearInterval(this.#ticking);
    desk.changed();
  }
}
