import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import type { ImagePlace } from '../../tui/images/image-choice.ts';
import type { ImageLook, SearchWords } from '../../tui/views/image-folder-view.ts';
import { WORDS } from '../../tui/words.ts';
import { type Conversation, choose, sayNumbered } from './conversation.ts';

/** Looks for an image, or an archive, in the folders of a drive; undefined when the person goes back. */
export async function findFile(
  talk: Conversation,
  place: { readonly folder: string; readonly on: string | undefined },
  ask: ImageLook,
  words: Pick<SearchWords, 'none' | 'others'>,
): Promise<ImagePlace | undefined> {
  const { on: from } = place;
  let folder = place.folder;
  for (;;) {
    const answer = await ask(from, folder);
    const name = from === undefined ? folder : `${from}:${folder}`;
    if (answer.kind === 'refusal') {
      talk.say(`${answer.refusal.message} ${answer.refusal.advice}`);
      return undefined;
    }
    if (answer.answer.kind === 'file') return { name, path: folder, from };
    const { folders, images, others, unseen } = answer.answer;
    talk.say(`\n${safeText(name)}`);
    const lines = images.map((image) => `${image.name}, ${bytesText(image.sizeBytes)}, ${image.what}`);
    sayNumbered(talk, [...folders.map((each) => `${each}/`), ...lines].map(safeText));
    if (folders.length + images.length === 0) talk.say(words.none);
    if (others + unseen > 0) talk.say(words.others(others, unseen));
    const names = [...folders, ...images.map((image) => image.name)];
    const chosen = await choose(talk, WORDS.plain.whichImage, names, { u: '..' });
    if (chosen === undefined) return undefined;
    folder =
      chosen === '..' ? folder.replace(/\/?[^/]*$/, '') || '/' : `${folder.replace(/\/$/, '')}/${chosen}`;
  }
}
