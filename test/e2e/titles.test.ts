import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LIFEBOAT } from '../support/lifeboat.ts';

const SEEN_MS = 20_000;

// overlay/usr/lib/lifeboat/leave goes by it: a look at a disk that hangs must not hold up the end of the machine.
for (const command of ['probe-worker', 'drive-keeper', 'engine']) {
  test(`the system's list of processes tells a ${command} from all others`, async () => {
    const child = spawn(LIFEBOAT, [command], { stdio: ['pipe', 'ignore', 'ignore'] });
    try {
      let listed = '';
      for (const end = Date.now() + SEEN_MS; listed !== `lifeboat ${command}` && Date.now() < end; ) {
        await delay(50);
        listed = (await readFile(`/proc/${child.pid}/cmdline`, 'utf8')).replace(/\0+$/, '');
      }
      assert.equal(listed, `lifeboat ${command}`);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
}
