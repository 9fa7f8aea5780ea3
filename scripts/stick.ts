import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { describePath } from '../src/block/device-facts.ts';
import { checkTarget } from '../src/block/guards.ts';
import { OpenError } from '../src/block/open-error.ts';
import type { Outcome } from '../src/block/outcome.ts';
import type { BlockFacts, MissingFacts } from '../src/block/path-facts.ts';
import { inspectTarget } from '../src/block/target-content.ts';
import { type OpenTarget, openTargetDevice } from '../src/block/target-device.ts';
import { isBuiltIn } from './built-in.ts';

/**
 * Writes the live image to a stick, and reads back past the cache what it holds then. Refuses what Lifeboat refuses as
 * any target; what is built in, or larger than sticks are, needs a word more. Answers come from standard input.
 *
 *     node scripts/stick.ts IMAGE DEVICE
 */
const CHUNK_BYTES = 4 * 2 ** 20;
const MOST_USUAL_BYTES = 300e9;
const SECTOR = 512;
/** An older partition table ends in so many sectors at the end of the disk. */
const OLD_TABLE_SECTORS = 34;
/** Nothing that the image could be in the way of. */
const NOTHING: MissingFacts = {
  kind: 'missing',
  path: 'nothing',
  parent: '/',
  parentExists: true,
  danglingLink: false,
};

const say = (text: string): void => console.log(text);

/** What ends it: one line, and what to do. */
class Refused extends Error {}

/** Lines of standard input, one for each question. */
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(question: string): Promise<string> {
  process.stdout.write(question);
  const { value, done } = await answers.next();
  if (!process.stdin.isTTY) process.stdout.write('\n');
  return done ? '' : String(value).trim();
}

async function main(image: string, device: string): Promise<void> {
  if (device === '') throw new Refused('name the stick: make stick DEVICE=/dev/sdX (lsblk lists all disks)');
  const bytes = await imageBytes(image);
  const facts = await describePath(device);
  if (facts.kind !== 'block') throw new Refused(`${device} is no disk; lsblk lists all disks`);
  if (facts.partitionNumber !== undefined)
    throw new Refused(`${device} is a partition; name the whole stick, /dev/${facts.diskName}`);
  const refusal = await checkTarget(NOTHING, facts, bytes);
  if (refusal) throw new Refused(`${refusal.message} ${refusal.advice}`);
  const content = await inspectTarget(device);
  const size = `${(facts.sizeBytes / 1e9).toFixed(1)} GB`;
  say(
    `${device}: ${facts.model ?? 'no name'}, serial ${facts.serial ?? 'unknown'}, ${size}, holds ${content.description}.`,
  );
  await confirm(facts);
  const target = await openTargetDevice(device);
  try {
    await write(image, bytes, target);
    await compare(image, bytes, target);
  } finally {
    await target.close();
  }
  say('The stick is ready. Switch the computer on with it in, and choose it in the boot menu.');
}

/** The size of the image, which must be whole. */
async function imageBytes(image: string): Promise<number> {
  const sums = `${image}.sha256`;
  if (!existsSync(image) || !existsSync(sums)) throw new Refused(`there is no ${image}; run: make iso`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(image), hash);
  const [due] = (await readFile(sums, 'utf8')).split(/\s/);
  if (hash.digest('hex') !== due) throw new Refused(`${image} is not what ${sums} says; run: make iso`);
  const facts = await describePath(image);
  return facts.kind === 'file' ? facts.sizeBytes : 0;
}

async function confirm(facts: BlockFacts): Promise<void> {
  const unusual = (await isBuiltIn(facts.name))
    ? 'is built into the computer, or does not say that it can be taken out'
    : facts.sizeBytes > MOST_USUAL_BYTES
      ? 'is larger than sticks are'
      : undefined;
  if (unusual !== undefined) {
    say(`${facts.path} ${unusual}.`);
    if ((await ask('Type yes if it shall be written over all the same: ')) !== 'yes')
      throw new Refused('nothing was written');
  }
  say(`EVERYTHING on ${facts.path} will be lost.`);
  if ((await ask(`Type ${facts.name} to go on: `)) !== facts.name) throw new Refused('nothing was written');
}

async function write(image: string, bytes: number, target: OpenTarget): Promise<void> {
  await using file = await open(image);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    await did('write', target.write(at, buffer.subarray(0, bytesRead)), at);
    at += bytesRead;
    // Flushed on the way: what is shown is what the stick has.
    await did('write', target.flush(), at);
    progress('Writing', at, bytes);
  }
  const end = target.sizeBytes - OLD_TABLE_SECTORS * SECTOR;
  // What is left there of an older table would be taken for a damaged one.
  if (end > bytes) await did('write', target.write(end, Buffer.alloc(OLD_TABLE_SECTORS * SECTOR)), end);
  await did('write', target.flush(), end);
}

async function compare(image: string, bytes: number, target: OpenTarget): Promise<void> {
  await using file = await open(image);
  const [due, found] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(due, 0, due.length, at);
    const outcome = await target.readBack(at, bytesRead, found);
    if (outcome === undefined)
      throw new Refused(`${target.path} cannot be read past the cache, so nothing is proven`);
    await did('read', Promise.resolve(outcome), at);
    if (!found.subarray(0, bytesRead).equals(due.subarray(0, bytesRead)))
      throw new Refused(
        `what ${target.path} holds from byte ${at} on is not what was written: take another stick`,
      );
    at += bytesRead;
    progress('Reading back', at, bytes);
  }
}

async function did(what: string, pending: Promise<Outcome>, at: number): Promise<void> {
  const outcome = await pending;
  if (outcome.kind !== 'done')
    throw new Refused(`cannot ${what} at byte ${at} (${outcome.errno}): take another stick`);
}

function progress(what: string, at: number, bytes: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${what} ${Math.floor((at / bytes) * 100)} % `);
  else if (at >= bytes) say(`${what}: done`);
  if (process.stdout.isTTY && at >= bytes) process.stdout.write('\n');
}

try {
  const [image = '', device = ''] = process.argv.slice(2);
  await main(image, device);
} catch (error) {
  if (!(error instanceof Refused) && !(error instanceof OpenError)) throw error;
  console.error(`stick: ${error.message}`);
  process.exitCode = 1;
} finally {
  process.stdin.destroy();
}
