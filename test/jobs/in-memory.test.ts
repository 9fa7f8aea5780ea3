import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBench, NEEDS_ROOT } from '../support/block-bench.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { missing } from '../support/tools.ts';

const MIB = 2 ** 20;
const SAID = /lies in memory, not on a drive: it is lost when the computer is switched off/;

test('a copy or an image that lies in memory is called that, and no other', {
  skip: NEEDS_ROOT || missing({ tools: ['mkntfs', 'mkfs.ext4'] }),
}, async (t) => {
  const bench = await makeBench(t);
  const volume = await bench.file('volume', 8 * MIB);
  await bench.run('mkntfs', '-F', '-q', '-Q', volume);
  const drive = await bench.file('drive', 64 * MIB);
  await bench.run('mkfs.ext4', '-q', '-F', drive);
  const places = [
    [await bench.mount('-t', 'tmpfs', 'tmpfs'), true],
    [await bench.mount(await bench.loop(drive)), false],
  ] as const;
  for (const [place, isInMemory] of places) {
    for (const words of [
      ['rescue', volume, `${place}/copy.img`],
      ['image', 'save', volume, `${place}/image`],
      ['clone', volume, `${place}/clone.img`],
    ]) {
      const { code, stdout, stderr } = await lifeboat(words);
      assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
      assert.equal(SAID.test(stdout), isInMemory, `${words.join(' ')}: ${stdout}${stderr}`);
    }
  }
});
