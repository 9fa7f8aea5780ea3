import { after, before, describe, test } from 'node:test';
import { IMAGE, skipLong } from '../support/live-image.ts';
import { type LiveRig, liveRig } from '../support/live-rig.ts';
import { playStart, type Start } from '../support/live-table.ts';

const STARTS: readonly Start[] = [
  { firmware: 'bios', medium: 'usb' },
  { firmware: 'bios', medium: 'cd' },
  { firmware: 'uefi', medium: 'usb' },
  { firmware: 'uefi', medium: 'cd' },
  { firmware: 'uefi32', medium: 'usb' },
  { firmware: 'uefi32', medium: 'cd' },
  { firmware: 'secure', medium: 'usb' },
  { firmware: 'secure', medium: 'cd' },
];

describe('every firmware, medium and bus: a dying disk is saved and judged from outside', {
  skip: skipLong,
}, () => {
  let rig: LiveRig;
  before(async () => {
    rig = await liveRig(IMAGE);
  });
  after(() => rig[Symbol.asyncDispose]());

  STARTS.forEach((start, i) => {
    test(`${start.firmware} from ${start.medium}`, () => playStart(rig, start, i));
  });
});
