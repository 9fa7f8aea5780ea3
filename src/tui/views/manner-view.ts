import type { VolumePlace } from '../../jobs/folder-listing.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import { MANNER_SWITCHES, type MannerSwitch, type RescueManner } from '../rescue/rescue-choice.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { FilesView } from './files-view.ts';
import { SwitchList } from './switch-list.ts';

/** Step 3: how hard it shall be tried. Without any choice it is done as gently and as thoroughly as makes sense. */
export class MannerView implements View {
  readonly title = WORDS.manner.title;
  readonly purpose = WORDS.manner.purpose;
  readonly hint = WORDS.manner.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.manner);
  readonly #next: (manner: RescueManner, desk: Desk) => void;
  readonly #files: () => VolumePlace | 'asking' | undefined;
  readonly #marked = new Set<string>();
  readonly #switches = new SwitchList<MannerSwitch>(
    MANNER_SWITCHES.map((name) => [name, WORDS.manner[name]] as const),
    WORDS.manner,
  );

  /** `files` tells where folders can be looked for; undefined when none can be, `asking` while that is not known yet. */
  constructor(
    files: () => VolumePlace | 'asking' | undefined,
    next: (manner: RescueManner, desk: Desk) => void,
  ) {
    this.#files = files;
    this.#next = next;
  }

  panes(area: Rect): readonly Pane[] {
    const files = this.#files();
    const text = typeof files === 'object' ? WORDS.manner.folders(this.#marked.size) : whyNoFolders(files);
    return this.#switches.panes(area, [line(`  ${text}`)]);
  }

  key(key: string, desk: Desk): void {
    const { next, folders } = KEYS.manner;
    if (isKey(key, folders)) {
      const files = this.#files();
      if (typeof files === 'object') desk.open(new FilesView(files, this.#marked));
      else desk.say(whyNoFolders(files), 'warn');
    } else if (isKey(key, next)) this.#next(this.#manner, desk);
    else this.#switches.key(key);
  }

  get #manner(): RescueManner {
    const isOn = (name: MannerSwitch): boolean => this.#switches.isOn(name);
    return {
      personalFirst: isOn('personalFirst'),
      compare: isOn('compare'),
      allSectors: isOn('allSectors'),
      retry: isOn('retry'),
      leaveHopeless: isOn('leaveHopeless'),
      folders: [...this.#marked],
    };
  }
}

const whyNoFolders = (files: 'asking' | undefined): string =>
  files === 'asking' ? WORDS.manner.askingFolders : WORDS.manner.noFolders;
