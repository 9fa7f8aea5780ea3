import { durationText } from '../text/quantity.ts';
import type { Clock } from './clock.ts';
import { Interruption } from './interruption.ts';
import type { StopSwitch } from './stop-switch.ts';
import type { WaitingFor, Waits } from './waits.ts';

/** In what a device differs from the one that was lost, as a sentence; undefined when it is the same. */
export type Verify<Device> = (device: Device, isCertain: boolean) => Promise<string | undefined>;

/** What one look for a device that was lost has found. */
export interface Found<Device> {
  /** The device that came back, open, and its path. */
  readonly back: { readonly device: Device; readonly path: string } | undefined;
  /** Devices that could be taken for it, and are not. */
  readonly others: readonly { readonly path: string; readonly difference: string }[];
}

/**
 * Looks once, for a bounded time, for a device that was lost; `verify` is asked about each that could be it, with
 * whether its serial number or its place leaves no doubt. What it turns down is closed again.
 */
export type FindAgain<Device> = (verify: Verify<Device>) => Promise<Found<Device>>;

const PAUSE_MS = 1000;

/** Waits for things that come back: the source, the target, room. */
export class ReturnWatch {
  readonly #clock: Clock;
  readonly #stop: StopSwitch;
  readonly #waits: Waits;
  readonly #say: (message: string) => void;
  readonly #patienceMs: number;
  #gaveUp = false;

  /** Gives up after `patienceMs`, and whenever the run is stopped. */
  constructor(
    clock: Clock,
    stop: StopSwitch,
    waits: Waits,
    say: (message: string) => void,
    patienceMs: number,
  ) {
    this.#clock = clock;
    this.#stop = stop;
    this.#waits = waits;
    this.#say = say;
    this.#patienceMs = patienceMs;
  }

  /** The device when it is back; undefined when it is waited for no longer. `lost` says what has happened. */
  async device<Device>(
    waitingFor: WaitingFor,
    lost: string,
    find: FindAgain<Device>,
    verify: Verify<Device>,
  ): Promise<Device | undefined> {
    const told = new Set<string>();
    let device: Device | undefined;
    await this.until(waitingFor, lost, async () => {
      const { back, others } = await find(verify);
      for (const { path, difference } of others) {
        if (told.has(path + difference)) continue;
        told.add(path + difference);
        this.#say(`${path} is not taken for it: ${difference}.`);
      }
      device = back?.device;
      return back && `It is back as ${back.path}`;
    });
    return device;
  }

  /** Asks `isOver` again and again until it says, in words, that the wait is over; false when it is given up. */
  async until(
    waitingFor: WaitingFor,
    lost: string,
    isOver: () => Promise<string | undefined>,
  ): Promise<boolean> {
    // The run ends when one wait was in vain; what else is on its way must not begin another.
    if (this.#patienceMs <= 0 || this.#gaveUp || this.#stop.pressed) return false;
    const wait = this.#waits.begin(waitingFor);
    this.#say(lost);
    try {
      for (;;) {
        const words = await this.#stop.race(isOver());
        const waitedMs = this.#clock.now() - wait.sinceMs;
        if (words !== undefined) {
          this.#say(`${words} after ${durationText(waitedMs / 1000)}; the rescue goes on.`);
          return true;
        }
        if (waitedMs + PAUSE_MS > this.#patienceMs) {
          this.#gaveUp = true;
          return false;
        }
        await this.#stop.race(this.#clock.sleep(PAUSE_MS));
      }
    } catch (error) {
      if (error instanceof Interruption && error.reason.kind === 'stopped') return false;
      throw error;
    } finally {
      wait.end();
    }
  }
}
