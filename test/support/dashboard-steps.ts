import assert from 'node:assert/strict';
import { basename } from 'node:path';
import type { Person } from './person.ts';

/** From the first screen to the choice of the target of a rescue. */
export async function choosesSource(user: Person, disk: string, label = 'Photos'): Promise<void> {
  await user.takes(new RegExp(`${basename(disk)} .*NTFS "${label}"`));
  await user.sees('Step 1 of 4');
  await user.presses('Enter');
  await user.sees('Step 2 of 4');
}

/** From the choice of the target to the check, with a path that is typed for a new file. */
export async function typesTarget(user: Person, target: string): Promise<void> {
  await user.presses('p');
  await user.seesIn('Target', /Path \[/);
  await user.presses('C-u');
  await user.types(target);
  await user.seesIn('Target', basename(target));
  await user.presses('Enter');
  await user.sees('Step 3 of 4');
}

/** From the first screen to a rescue into a new file that is at work. */
export async function beginsRescue(user: Person, disk: string, target: string): Promise<void> {
  await choosesSource(user, disk);
  await typesTarget(user, target);
  await user.presses('Enter');
  await user.seesIn('WRITE to', 'A new file');
  await user.presses('Enter');
  await user.sees(/saved [1-9][0-9.]* MiB of/);
}

/** That keys come through, within a time that people do not notice: the help opens and closes. */
export async function answersSoon(user: Person, withinMs: number): Promise<void> {
  const before = performance.now();
  await user.presses('?');
  await user.sees('Esc goes back to where you were');
  const took = performance.now() - before;
  await user.presses('Escape');
  assert.ok(took < withinMs, `the help took ${took} ms`);
}
