import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayable } from '../../src/cli/plain/conversation.ts';
import { askStart } from '../../src/cli/plain/rescue-dialog.ts';
import { placesOf } from '../../src/tui/disks/place.ts';
import { madeUpMachine } from '../support/made-up-machine.ts';

test('a label neither moves the cursor nor makes lines of its own where it is said what is lost', async () => {
  const said: string[] = [];
  const talk = {
    say: (text: string) => void said.push(...sayable(text)),
    ask: async (text: string) => void said.push(...sayable(text)),
    listen: () => () => undefined,
  };
  const [disk] = madeUpMachine().disks;
  assert.ok(disk);
  const label = 'x\u001b[2J\u001b[A\r\n1: nothing is lost';
  const place = { disk: { ...disk, content: { kind: 'ext4' as const, label } }, partition: undefined };
  assert.equal(placesOf({ takenMs: 0, disks: [place.disk] }).length, 1 + disk.partitions.length);
  await askStart(talk, 'x', { kind: 'device', path: disk.path, place }, ['plan \u001b]0;title\u0007']);
  assert.ok(said.some((text) => text.includes('nothing is lost')));
  for (const text of said) {
    assert.ok(!text.startsWith('1: nothing'), 'the label is a line of its own');
    assert.doesNotMatch(text, /\p{Cc}/u);
  }
});
