/**
 * Starts the live image in QEMU, with a disk that really fails and an empty one, for anyone to try. With a window where
 * there is a desktop; else over a serial line in this terminal, where the menu's entry for it is `s`.
 * `--firmware bios|uefi|uefi32|secure`, `--cd`, `--image FILE`, `--serial`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { accelerator } from './machine/accelerator.ts';
import { makeScene } from './machine/live-scene.ts';
import { FIRMWARES, liveWords, OVMF } from './machine/live-words.ts';

const MIB = 2 ** 20;
/** There is room behind the image, as on any stick. */
const STICK_BYTES = 1024 * MIB;

const { values } = parseArgs({
  options: {
    image: { type: 'string', default: resolve(import.meta.dirname, '../dist/lifeboat.iso') },
    firmware: { type: 'string', default: 'bios' },
    cd: { type: 'boolean', default: false },
    serial: { type: 'boolean', default: !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY },
  },
});
const say = (text: string): void => console.log(`boot: ${text}`);

const firmware = FIRMWARES.find((each) => each === values.firmware);
if (firmware === undefined) {
  console.error(`boot: there is no firmware "${values.firmware}"; there are: ${FIRMWARES.join(', ')}`);
  process.exit(2);
}
if (!existsSync(values.image)) {
  console.error(`boot: there is no ${values.image}; run: make iso`);
  process.exit(1);
}
const folder = await mkdtemp(join(tmpdir(), 'lifeboat-boot-'));
try {
  say('making a disk that fails, full of files, and an empty one');
  const { source, target, badSectors } = await makeScene(folder, {
    volumeBytes: 192 * MIB,
    files: 800,
    badSectors: 12,
  });
  const image = join(folder, 'stick.img');
  await copyFile(values.image, image);
  if (!values.cd) await truncate(image, STICK_BYTES);
  const settings = join(folder, 'settings.fd');
  if (firmware !== 'bios') await copyFile(OVMF[firmware].settings, settings);
  const accel = await accelerator();
  say(`${badSectors.length} sectors of ${source.serial} cannot be read; ${target.serial} is empty`);
  if (accel !== 'kvm') say('there is no KVM here: it takes a minute or two');
  if (values.serial) say('press s in the menu for this terminal; Ctrl-A x ends the machine');
  const words = [
    ...liveWords({ image, medium: values.cd ? 'cd' : 'usb', firmware, settings, disks: [source, target] }),
    ...['-accel', accel, '-cpu', 'max', '-smp', '2'],
    ...(values.serial ? ['-display', 'none', '-serial', 'mon:stdio'] : ['-serial', 'null']),
  ];
  const qemu = spawn('qemu-system-x86_64', words, { stdio: 'inherit' });
  const [code] = await once(qemu, 'exit');
  process.exitCode = code === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
