/**
 * Turns an image into a block device with real read errors, and back. Needs root, nbdfuse, fusermount3.
 *
 *   main.ts start --image F [--faults F] [--log F] [--timescale 0] [--sector-size 512|4096] [--state DIR]
 *   main.ts faults --faults F [--state DIR]
 *   main.ts stop [--state DIR]
 *
 * `start` prints the device. See `--help` for the words of a fault file.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { changeFaults, diskFiles, startDisk, stopDisk } from './chain.ts';
import { FAULT_HELP } from './fault-rules.ts';

const HELP = `A block device with real read errors, made from an image. Needs root.

  main.ts start --image FILE [options]   set it up and print the device
  main.ts faults --faults FILE           change the faults of the running disk
  main.ts stop                           take it down

  --image FILE           what a healthy disk would hold; never written to
  --faults FILE          the fault file; no faults without it
  --log FILE             the log of all requests, a line each: vtime_ms offset length rc cost_ms
                         (rc 0 ok, 1 bad, 2 weak, 3 vanished, 9 write, never carried out)
  --timescale N          0 only counts the cost of requests (default), 1 sleeps it
  --sector-size 512|4096 logical sector size of the device
  --expose-writes        let writes come through to the log instead of having the kernel refuse them
  --state DIR            folder of this disk, for more than one at a time

${FAULT_HELP}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    image: { type: 'string' },
    faults: { type: 'string' },
    log: { type: 'string' },
    timescale: { type: 'string', default: '0' },
    'sector-size': { type: 'string', default: '512' },
    'expose-writes': { type: 'boolean', default: false },
    state: { type: 'string', default: join(tmpdir(), 'lifeboat-failing-disk') },
    help: { type: 'boolean', default: false },
  },
});
const folder = resolve(values.state);
const faults = values.faults === undefined ? '' : await readFile(values.faults, 'utf8');

switch (values.help ? 'help' : positionals[0]) {
  case 'start': {
    if (values.image === undefined) throw new Error('start needs --image FILE');
    if (existsSync(diskFiles(folder).state)) throw new Error(`${folder} is in use: stop that disk first`);
    const { device } = await startDisk({
      image: values.image,
      faults,
      folder,
      timescale: Number(values.timescale),
      sectorBytes: values['sector-size'] === '4096' ? 4096 : 512,
      exposeWrites: values['expose-writes'],
      ...(values.log !== undefined && { log: values.log }),
    });
    console.log(device);
    break;
  }
  case 'faults':
    await changeFaults(folder, faults);
    break;
  case 'stop':
    await stopDisk(folder);
    break;
  default:
    process.stdout.write(HELP);
    process.exitCode = values.help ? 0 : 2;
}
