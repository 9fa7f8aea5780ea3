import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describePath } from './device-facts.ts';
import { errnoName } from './errno.ts';
import { overlap, type Relations, relationsOf } from './relations.ts';

/**
 * Whether something lies on the stick that the running live image was started from and keeps its work on. The file
 * that `LIFEBOAT_STICK` names holds the name of that disk (`sda`), as long as it is attached.
 */
export async function isOnOwnStick(relations: Relations): Promise<boolean> {
  const file = process.env.LIFEBOAT_STICK;
  if (!file) return false;
  let name: string;
  try {
    name = basename((await readFile(file, 'utf8')).trim());
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return false;
  }
  const stick = await describePath(`/dev/${name}`);
  return stick.kind === 'block' && overlap((await relationsOf(stick)).own, relations.deep);
}
