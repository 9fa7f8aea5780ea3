import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LiveSpace, liveSpace, SPACE_TOOLS } from '../support/live-space.ts';
import { missing } from '../support/tools.ts';

const skip = missing({ tools: SPACE_TOOLS, root: true });

/** Nothing is switched off; what would be is noted. Seconds are short. */
async function machine(): Promise<LiveSpace> {
  const space = await liveSpace();
  for (const end of ['poweroff', 'reboot']) await space.stub(end, `echo ${end} "$@" >> /tmp/ended`);
  await space.stub('sleep', 'exec /usr/bin/sleep 0.01');
  await space.stub('umount', 'echo umount "$@" >> /tmp/put-away');
  return space;
}

/** As it is with a disk that never answers: it does not end, and cannot be ended. */
const HANGS = "trap '' TERM INT HUP; while :; do /usr/bin/sleep 100; done";

const ended = async (space: LiveSpace): Promise<string> =>
  (
    await space.ask(
      'timeout 60 bash -c "until [ -e /tmp/ended ]; do /usr/bin/sleep 0.05; done"; cat /tmp/ended',
    )
  ).trim();

describe('the end of the live system', { skip }, () => {
  test('goes through init where all disks answer', async () => {
    await using space = await machine();
    await space.stub('sync', 'exit 0');
    await space.ask('/usr/lib/lifeboat/leave reboot');
    assert.equal(await ended(space), 'reboot');
  });

  test('does not wait for a disk that never answers, and leaves init out, which would', async () => {
    for (const how of ['poweroff', 'reboot']) {
      await using space = await machine();
      await space.stub('sync', `[ "$1" != -f ] || exit 0; ${HANGS}`);
      await space.ask('mkdir /tmp/kept; mount -t tmpfs /dev/sdz1 /tmp/kept');
      space.start(`/usr/lib/lifeboat/leave ${how}`);
      assert.equal(await ended(space), `${how} -f -n`);
      assert.match(await space.ask('cat /tmp/put-away'), /^umount -r \/tmp\/kept$/m);
    }
  });

  test('cannot be held up by what hangs on the last stretch, either', async () => {
    for (const program of ['sync', 'umount']) {
      await using space = await machine();
      await space.stub('sync', 'exit 0');
      await space.stub(program, HANGS);
      await space.ask('mkdir /run/lifeboat/leaving; echo reboot > /run/lifeboat/leaving/how');
      space.start('/usr/lib/lifeboat/stop');
      assert.equal(await ended(space), 'reboot -f -n', program);
    }
    await using space = await machine();
    await space.stub('sync', 'exit 0');
    assert.equal(await space.ask('/usr/lib/lifeboat/stop; cat /tmp/put-away'), 'umount -a -r\n');
  });

  test('comes at once when it is asked for again after a while; a second press of the button in a moment is none', async () => {
    await using space = await machine();
    await space.stub('sync', 'exit 0');
    // A rescue that does not end, however often it is told to.
    await space.ask('cp /host/usr/bin/sleep /usr/bin/lifeboat');
    space.start("trap '' TERM; /usr/bin/lifeboat 1000");
    await space.ask('until pidof lifeboat; do /usr/bin/sleep 0.05; done');
    await space.stub('sleep', 'exec /usr/bin/sleep "$@"');
    space.start('/usr/lib/lifeboat/leave poweroff');
    await space.ask(
      'until [ -e /run/lifeboat/leaving/how ]; do /usr/bin/sleep 0.05; done; /usr/lib/lifeboat/leave poweroff',
    );
    assert.equal((await space.run('cat /tmp/ended')).stdout, '');
    await space.ask('echo 0 > /run/lifeboat/leaving/since; /usr/lib/lifeboat/leave poweroff');
    assert.equal(await ended(space), 'poweroff -f -n');
  });
});
