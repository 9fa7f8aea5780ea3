import { setTimeout as delay } from 'node:timers/promises';
import { DEVICE_CHANGED } from '../block/agreed-device.ts';
import { OpenError } from '../block/open-error.ts';
import type { BlockFacts, FileFacts } from '../block/path-facts.ts';
import { candidatesFor, differenceOf, isCertainlySame } from '../block/same-device.ts';
import type { Found, Verify } from '../rescue/return-watch.ts';

/** A candidate gets so long to be opened and looked at; a dying disk may hang at either. */
const LOOK_MS = 20_000;

/** How the opening of a device fails whose name is still there, but nothing behind it. */
const ABSENT: ReadonlySet<string> = new Set([
  DEVICE_CHANGED,
  ...['changed', 'ENOENT', 'ENXIO', 'ENODEV', 'ENOMEDIUM'],
]);

/** The lost device gets so long to be closed. */
const CLOSE_MS = 2000;

interface Closable {
  readonly facts: BlockFacts | FileFacts;
  close(): Promise<void>;
}

/** What a device is found again with. */
export interface FinderPorts<Device> {
  /** Why a candidate may not be used; undefined when it may. Opens nothing. */
  readonly check: (facts: BlockFacts | FileFacts) => Promise<string | undefined>;
  /** Opens it. Rejects with an `OpenError`. */
  readonly open: (facts: BlockFacts | FileFacts) => Promise<Device>;
}

/** Keeps the open device of one end of a rescue, and finds it again when it was lost, under whatever name. */
export class DeviceFinder<Device extends Closable> {
  readonly #ports: FinderPorts<Device>;
  /** Candidates that hang: asking them again would only hang once more. */
  readonly #stuck = new Set<string>();
  #current: Device;
  #letGo: Device | undefined;

  constructor(device: Device, ports: FinderPorts<Device>) {
    this.#current = device;
    this.#ports = ports;
  }

  /** The device that is in use, or was when it was lost. */
  get current(): Device {
    return this.#current;
  }

  /** Looks once; see `FindAgain`. */
  async find(verify: Verify<Device>): Promise<Found<Device>> {
    await this.#release();
    const lost = this.#current.facts;
    const others: { path: string; difference: string }[] = [];
    for (const facts of await candidatesFor(lost)) {
      const key = facts.kind === 'block' ? `${facts.majorMinor} ${facts.diskSequence}` : facts.ino;
      if (this.#stuck.has(key)) continue;
      const isNamed = facts.path === lost.path;
      const unlike = differenceOf(lost, facts);
      // Of the disks of this machine that were never meant only the one in its place is worth a word.
      if (unlike !== undefined && !isNamed) continue;
      const difference = unlike ?? (await this.#ports.check(facts));
      if (difference !== undefined) {
        others.push({ path: facts.path, difference });
        continue;
      }
      this.#stuck.add(key);
      const trial = this.#try(facts, verify).finally(() => this.#stuck.delete(key));
      const result = await Promise.race([
        trial,
        delay(LOOK_MS, 'it does not answer' as const, { ref: false }),
      ]);
      if (result === undefined) continue;
      if (typeof result === 'string') {
        others.push({ path: facts.path, difference: result });
        // Should it be opened after all, it is too late.
        void trial.then((late) => (typeof late === 'string' ? undefined : late?.close()));
        continue;
      }
      this.#current = result;
      return { back: { device: result, path: facts.path }, others };
    }
    return { back: undefined, others };
  }

  /** Opens a candidate and has it looked at; what speaks against it, in words; undefined when it is not there. */
  async #try(facts: BlockFacts | FileFacts, verify: Verify<Device>): Promise<Device | string | undefined> {
    let device: Device;
    try {
      device = await this.#ports.open(facts);
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      return ABSENT.has(error.code) ? undefined : `it cannot be opened (${error.code})`;
    }
    const difference = await verify(device, isCertainlySame(this.#current.facts, device.facts));
    if (difference === undefined) return device;
    await device.close();
    return difference;
  }

  /** The kernel gives the name of a lost device to another one only when nobody holds it open any more. */
  async #release(): Promise<void> {
    const lost = this.#current;
    if (this.#letGo === lost) return;
    this.#letGo = lost;
    // It may hang, or fail: nothing that was written to it is relied upon.
    const closed = lost.close().catch((reason: unknown) => reason);
    await Promise.race([closed, delay(CLOSE_MS, undefined, { ref: false })]);
  }
}
