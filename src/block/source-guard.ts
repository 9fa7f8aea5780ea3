import { access, constants } from 'node:fs/promises';
import { errnoName } from './errno.ts';
import { isOnOwnStick } from './own-stick.ts';
import type { PathFacts } from './path-facts.ts';
import { type Refusal, refusal } from './refusal.ts';
import { relationsOf } from './relations.ts';
import { mountsOf, swapOn } from './usage.ts';

/** Why this may not be read as a source; undefined when it may. Nothing is opened. */
export async function checkSource(source: PathFacts): Promise<Refusal | undefined> {
  const { path } = source;
  switch (source.kind) {
    case 'missing':
      return refusal(
        'source-missing',
        source.danglingLink
          ? `The source ${path} is a symbolic link to something that is not there.`
          : `The source ${path} does not exist.`,
        'Check the name and that the drive is attached and has power.',
      );
    case 'directory':
      return refusal(
        'source-kind',
        `The source ${path} is a directory; a disk, a partition or an image file is needed.`,
        'Name the device on which the folder lies, such as /dev/sdb2.',
      );
    case 'other':
      return refusal(
        'source-kind',
        `The source ${path} is ${source.what}; a disk, a partition or an image file is needed.`,
        source.errno === 'EACCES'
          ? 'Run Lifeboat as root.'
          : 'Check the name and that the drive is attached and has power.',
      );
  }
  if (source.sizeBytes === 0) {
    return refusal(
      'source-empty',
      `The source ${path} has a size of 0 bytes: there is nothing to read.`,
      source.kind === 'block'
        ? 'Put the medium in; a disk that shows no size does not answer: check cable and power.'
        : 'Choose another image file.',
    );
  }
  return (await checkReadable(path)) ?? (await checkQuiet(source));
}

async function checkReadable(path: string): Promise<Refusal | undefined> {
  try {
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    return refusal(
      'source-permission',
      `The source ${path} may not be read by this user (${errno}).`,
      'Run Lifeboat as root.',
    );
  }
}

/** A source that is being written to gives a copy that was never true at any one moment, and may wear out. */
async function checkQuiet(source: PathFacts): Promise<Refusal | undefined> {
  const relations = await relationsOf(source);
  if (await isOnOwnStick(relations)) {
    return refusal(
      'source-is-stick',
      `The source ${source.path} is on the stick that Lifeboat was started from.`,
      'Choose the disk that is to be saved: compare model, size and serial number.',
    );
  }
  const { own, upper } = relations;
  const devices = new Set([...own.devices, ...upper]);
  const written = (await mountsOf(devices)).find((mount) => !mount.readOnly);
  if (written !== undefined) {
    return {
      code: 'source-mounted',
      message: `The source ${source.path} is mounted for writing at ${written.mountPoint}.`,
      advice: `Unmount it first: umount '${written.mountPoint}'`,
      overridable: true,
    };
  }
  const swap = await swapOn({ devices, files: own.files });
  if (swap === undefined) return undefined;
  return {
    code: 'source-swap',
    message: `The source ${source.path} is used as swap space (${swap}).`,
    advice: `Switch it off first: swapoff '${swap}'`,
    overridable: true,
  };
}
