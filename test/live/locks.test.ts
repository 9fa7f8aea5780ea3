import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { makeBench } from '../support/block-bench.ts';
import { type LiveSpace, liveSpace, SPACE_TOOLS } from '../support/live-space.ts';
import { missing } from '../support/tools.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const NODE = `/host${process.execPath}`;
const skip = missing({ tools: [...SPACE_TOOLS, 'mkfs.ext4'], root: true });

/** A disk `sdc` with two partitions, as it has just appeared. */
async function oneDisk(t: TestContext): Promise<LiveSpace> {
  const bench = await makeBench(t);
  const { disk, first, second } = await bench.partitionedLoop('disk');
  for (const device of [first, second]) await bench.run('blockdev', '--setrw', device);
  const space = await liveSpace({ sdc: disk });
  bench.after(async () => space[Symbol.asyncDispose]());
  assert.equal(await locked(space), '');
  await space.ask('/usr/lib/lifeboat/disk sdc; wait', { ACTION: 'add' });
  await until(space, 'sdc sdc1 sdc2');
  return space;
}

/** What of it is read-only for the kernel, the disk first: a partition counts for its disk, too. */
async function locked(space: LiveSpace): Promise<string> {
  const ask =
    'for each in sdc sdc1 sdc2; do [ "$(cat /sys/class/block/$each/ro)" = 0 ] || printf "$each "; done';
  return (await space.ask(ask)).trim();
}

async function until(space: LiveSpace, wanted: string): Promise<void> {
  for (let tries = 0; (await locked(space)) !== wanted; tries++) {
    assert.ok(tries < 100, `locked is "${await locked(space)}", not "${wanted}"`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A program that has something unlocked, and holds it until it is told to end; gives its number. */
async function writer(space: LiveSpace, device: string, also = ''): Promise<string> {
  space.start(
    `echo $$ > /tmp/pid-of-writer; /usr/lib/lifeboat/unlock ${device} $$; echo > /tmp/unlocked; ${also} read < <(/usr/bin/sleep 1000)`,
  );
  const pid = await space.ask(
    'while [ ! -e /tmp/unlocked ]; do sleep 0.05; done; cat /tmp/pid-of-writer; rm /tmp/unlocked',
  );
  return pid.trim();
}

const FAMILY = 'sdc sdc1 sdc2';

describe('the locks of the live image', { skip }, () => {
  test('a target that is refused to a second job stays writable under the first', async (t) => {
    const space = await oneDisk(t);
    const openUnlocked = `import { openUnlocked } from '/host${REPOSITORY}/src/block/unlocked-target.ts';
      import { describePath } from '/host${REPOSITORY}/src/block/device-facts.ts';`;
    const second = `${openUnlocked} await openUnlocked(await describePath('/dev/sdc')).then(() => console.log('opened'), ({ code }) => console.log(code));`;
    const first = `${openUnlocked}
      import { execFileSync } from 'node:child_process';
      const target = await openUnlocked(await describePath('/dev/sdc'));
      const say = (...words) => console.log(words.join(' '));
      const data = Buffer.alloc(4096, 1);
      say('first', await target.lockExclusively(), (await target.write(0, data)).kind);
      say('second', execFileSync(process.execPath, ['--input-type=module', '-e', process.env.SECOND]).toString().trim());
      say('first', (await target.write(4096, data)).kind, (await target.flush()).kind);
      await target.close();`;
    const said = await space.ask(`${NODE} --input-type=module -e "$FIRST"`, {
      FIRST: first,
      SECOND: second,
      LIFEBOAT_LOCKS: '/usr/lib/lifeboat',
    });
    assert.equal(said, 'first true done\nsecond EBUSY\nfirst done done\n');
    assert.equal(await locked(space), FAMILY);
  });

  test('of two jobs on partitions of one disk each keeps its own, and the last one locks the disk', async (t) => {
    const space = await oneDisk(t);
    const one = await writer(space, '/dev/sdc1');
    assert.equal(await locked(space), 'sdc2');
    const other = await writer(space, '/dev/sdc2');
    assert.equal(await locked(space), '');
    await space.ask(`/usr/lib/lifeboat/lock /dev/sdc2 ${other}`);
    assert.equal(await locked(space), 'sdc2');
    // What the kernel tells of it in the meantime.
    await space.ask('/usr/lib/lifeboat/lock sdc nobody');
    assert.equal(await locked(space), 'sdc2');
    await space.ask(`/usr/lib/lifeboat/lock /dev/sdc1 ${one}`);
    assert.equal(await locked(space), FAMILY);
  });

  test('a program that died holds nothing, nor does one that has its number now', async (t) => {
    const space = await oneDisk(t);
    const dead = await writer(space, '/dev/sdc1');
    await space.ask(`kill -9 ${dead}`);
    const living = await writer(space, '/dev/sdc2');
    assert.equal(await locked(space), 'sdc1');
    await space.ask(`echo 17 > /run/lifeboat/unlocked/sdc/sdc2.${living}; /usr/lib/lifeboat/lock sdc nobody`);
    assert.equal(await locked(space), FAMILY);
  });

  test('what is written to by others than those who unlocked it stays writable: a mount, an open file', async (t) => {
    const space = await oneDisk(t);
    const mounting = await writer(
      space,
      '/dev/sdc1',
      'mkfs.ext4 -q /dev/sdc1; mkdir -p /tmp/mnt; mount /dev/sdc1 /tmp/mnt;',
    );
    await space.ask('while ! grep -q /dev/sdc1 /proc/mounts; do sleep 0.05; done');
    await space.ask(`kill -9 ${mounting}; /usr/lib/lifeboat/lock sdc nobody`);
    assert.equal(await locked(space), 'sdc2');
    await space.ask(
      'echo kept > /tmp/mnt/file && sync /tmp/mnt/file && umount /tmp/mnt; /usr/lib/lifeboat/lock sdc nobody',
    );
    assert.equal(await locked(space), FAMILY);

    const opening = await writer(space, '/dev/sdc2');
    space.start('exec 5<> /dev/sdc2; touch /tmp/opened; sleep 1000');
    await space.ask('while [ ! -e /tmp/opened ]; do sleep 0.05; done');
    await space.ask(`kill -9 ${opening}; /usr/lib/lifeboat/lock sdc nobody`);
    assert.equal(await locked(space), 'sdc1');
  });

  test('a person at a shell unlocks all of a disk, until it is locked by hand or pulled', async (t) => {
    const space = await oneDisk(t);
    const program = await writer(space, '/dev/sdc1');
    await space.ask('/usr/lib/lifeboat/unlock /dev/sdc');
    assert.equal(await locked(space), '');
    await space.ask(`/usr/lib/lifeboat/lock /dev/sdc1 ${program}; /usr/lib/lifeboat/lock sdc nobody`);
    assert.equal(await locked(space), '');
    await space.ask('/usr/lib/lifeboat/lock /dev/sdc');
    assert.equal(await locked(space), FAMILY);
    await space.ask(
      '/usr/lib/lifeboat/unlock /dev/sdc; ACTION=remove /usr/lib/lifeboat/disk sdc; /usr/lib/lifeboat/disk sdc',
    );
    await until(space, FAMILY);
  });

  test('a disk that somebody only asks for its health is locked all the same when it appears', async (t) => {
    const space = await oneDisk(t);
    await space.ask('blockdev --setrw /dev/sdc; exec 5<> /dev/sdc; /usr/lib/lifeboat/lock sdc nobody');
    assert.equal(await locked(space), FAMILY);
  });

  test('what a program has left unlocked that died is locked again by itself; what somebody else holds is not', async (t) => {
    const space = await oneDisk(t);
    await space.stub('pidof', 'exit 0');
    await space.stub('sleep', 'exec /usr/bin/sleep 0.1');
    const dead = await writer(space, '/dev/sdc1');
    const living = await writer(space, '/dev/sdc2');
    space.start('/usr/lib/lifeboat/disk-watch');
    assert.equal(await locked(space), '');
    await space.ask(`kill -9 ${dead}`);
    await until(space, 'sdc1');
    await space.ask(`kill -9 ${living}`);
    await until(space, FAMILY);
  });

  test('when nothing watches for disks any more, that is begun anew, and what has appeared since is locked', async (t) => {
    const space = await oneDisk(t);
    await space.stub('sleep', 'exec /usr/bin/sleep 0.1');
    await space.stub('pidof', '[ -e /tmp/watching ]');
    await space.stub('mdev', 'echo "$@" >> /tmp/begun; [ -e /tmp/works ] && touch /tmp/watching');
    await space.ask('touch /tmp/watching');
    space.start('/usr/lib/lifeboat/disk-watch');
    await space.ask('blockdev --setrw /dev/sdc; rm /tmp/watching');
    await until(space, FAMILY);
    assert.equal(await space.ask('ls /run/lifeboat/unwatched'), '/run/lifeboat/unwatched\n');
    await space.ask('touch /tmp/works; until [ ! -e /run/lifeboat/unwatched ]; do /usr/bin/sleep 0.05; done');
    assert.match(await space.ask('cat /tmp/begun'), /^(-d\n)+$/);
  });
});
