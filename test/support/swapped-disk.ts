import { basename } from 'node:path';
import { describeAttached } from '../../src/probe/attached.ts';
import type { Disk } from '../../src/probe/machine.ts';
import type { Place } from '../../src/tui/disks/place.ts';
import { madeUpMachine } from './made-up-machine.ts';
import { runOrThrow } from './tools.ts';

/** A disk over a file, and another file that gets its name; disposing of it gives the device back, not the files. */
export interface SwappedDisk extends AsyncDisposable {
  readonly device: string;
  /** The disk as a screen shows it at this moment. */
  shown(): Promise<Place>;
  /** Unplugs the disk, and plugs another one in, which gets its name. */
  swap(other: string): Promise<void>;
}

/** Above all that are asked for without a number, so that nobody else gets the name meanwhile. */
let number = 300 + (process.pid % 700) * 10;

/** Makes a disk over `file` that can be swapped. Needs root and losetup. */
export async function swappedDisk(file: string): Promise<SwappedDisk> {
  const device = `/dev/loop${number++}`;
  const plugIn = (over: string): Promise<string> => runOrThrow('losetup', ['--direct-io=on', device, over]);
  const unplug = (): Promise<string> => runOrThrow('losetup', ['--detach', device]);
  await plugIn(file);
  return {
    device,
    async shown() {
      const now = await describeAttached(basename(device), undefined);
      if (now === undefined) throw new Error(`${device} is not attached`);
      const { serial: _, ...usual } = madeUpMachine().disks[0] as Disk;
      return { disk: { ...usual, ...now, partitions: [] }, partition: undefined };
    },
    async swap(other) {
      await unplug();
      await plugIn(other);
    },
    async [Symbol.asyncDispose]() {
      await unplug();
    },
  };
}
