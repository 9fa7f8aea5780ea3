import { bytesText, durationText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { conditionText, contentText, nameOf, type Place, sizeOf } from '../../tui/disks/place.ts';
import { WORDS } from '../../tui/words.ts';
import { type Conversation, sayNumbered } from './conversation.ts';

/** `sda, 931.5 GiB, WDC WD10EZEX, serial WD-WCC6Y7T2K9P1, NTFS "Windows", dirty`. */
export function describePlace(place: Place): string {
  const { disk, partition } = place;
  const parts = [
    nameOf(place),
    bytesText(sizeOf(place)),
    partition ? '' : (disk.model ?? ''),
    !partition && disk.serial ? `serial ${disk.serial}` : '',
    contentText(place),
    conditionText(place),
  ];
  return safeText(parts.filter(Boolean).join(', '));
}

/** What the disk says of itself, as a sentence behind its description. */
export function healthText({ disk }: Place): string {
  const { verdict, reasons } = disk.health;
  if (disk.state.kind === 'gone') return `. ${WORDS.plain.gone}`;
  if (disk.state.kind === 'waiting') {
    return `. ${WORDS.plain.silent(durationText((Date.now() - disk.state.sinceMs) / 1000))}`;
  }
  if (verdict === 'good') return `. ${WORDS.plain.good}`;
  const [worst] = reasons;
  return verdict === 'unknown' || !worst ? '' : safeText(`. ${verdict.toUpperCase()}: ${worst.message}`);
}

/** Lists what can be chosen, with numbers, and says of the rest why it cannot; gives what can. */
export function sayPossible(
  talk: Conversation,
  heading: string,
  places: readonly Place[],
  whyNot: (place: Place) => string | undefined,
): Place[] {
  const possible = places.filter((place) => whyNot(place) === undefined);
  talk.say(`\n${heading}`);
  sayNumbered(talk, possible.map(describePlace));
  for (const place of places) {
    const why = whyNot(place);
    if (why !== undefined) talk.say(`   ${nameOf(place)}: ${why}`);
  }
  return possible;
}
