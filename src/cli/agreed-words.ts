import type { AgreedDevice } from '../block/agreed-device.ts';
import { UsageError } from './usage-error.ts';

/**
 * What a screen says behind `--agreed`: the devices that it has shown to somebody who agreed, as JSON (see
 * `agreedWords`). Throws a `UsageError`.
 */
export function agreedOf(word: string | undefined, command: string): AgreedDevice[] | undefined {
  if (word === undefined) return undefined;
  let told: unknown;
  try {
    told = JSON.parse(word);
  } catch {
    // What it is not is said below.
  }
  if (Array.isArray(told) && told.every(isAgreedDevice)) return told;
  throw new UsageError('--agreed takes a list of devices as JSON', command);
}

const NUMBERS = ['diskSequence', 'diskBytes', 'partitionStartBytes'];

function isAgreedDevice(told: unknown): told is AgreedDevice {
  if (typeof told !== 'object' || told === null || !('path' in told)) return false;
  return Object.entries(told).every(([name, value]) =>
    NUMBERS.includes(name)
      ? Number.isSafeInteger(value)
      : ['path', 'serial'].includes(name) && typeof value === 'string',
  );
}
