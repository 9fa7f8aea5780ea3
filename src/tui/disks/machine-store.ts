import type { Machine } from '../../probe/machine.ts';

/** The latest picture of the machine, for whoever draws it. */
export class MachineStore {
  #machine: Machine = { takenMs: Date.now(), disks: [] };
  #known = false;
  #onChange: () => void = () => undefined;

  get machine(): Machine {
    return this.#machine;
  }

  /** False until the first picture: an empty list means nothing before. */
  get known(): boolean {
    return this.#known;
  }

  update(machine: Machine): void {
    this.#machine = machine;
    this.#known = true;
    this.#onChange();
  }

  /** Whom to tell of news; one listener, the latest. */
  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }
}
