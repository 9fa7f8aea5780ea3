import type { Cursor } from '../frame/cursor.ts';
import type { Desk } from '../view.ts';
import { WORDS } from '../words.ts';

/**
 * Does what a key asks for with the item that it is meant for. When the list has changed at that moment, and the cursor
 * is on another one than was seen, it does nothing, and says so.
 */
export function withMeant<Item>(
  cursor: Cursor<Item>,
  items: readonly Item[],
  desk: Desk,
  act: (item: Item) => void,
): void {
  const item = cursor.meant(items);
  if (item !== undefined) act(item);
  else if (cursor.isUnseen) desk.say(WORDS.listChanged, 'warn');
}
