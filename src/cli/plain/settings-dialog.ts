import { loadSettings, SETTING_VALUES, type Settings, saveSettings } from '../../jobs/settings.ts';
import { WORDS } from '../../tui/words.ts';
import { type Conversation, choose, sayNumbered } from './conversation.ts';

const NAMES = Object.keys(SETTING_VALUES) as (keyof Settings)[];

/** Changes how the screens look, for when they are drawn again. */
export async function talkAboutSettings(talk: Conversation): Promise<void> {
  for (;;) {
    const settings = await loadSettings();
    talk.say(`\n${WORDS.plain.settings}`);
    sayNumbered(
      talk,
      NAMES.map((name) => `${WORDS.settings.rows[name].name}: ${valueText(name, settings[name])}`),
    );
    const name = await choose(talk, WORDS.plain.whichNumber, NAMES);
    if (name === undefined) return;
    const values: readonly string[] = SETTING_VALUES[name];
    talk.say(WORDS.settings.rows[name].long);
    sayNumbered(
      talk,
      values.map((value) => valueText(name, value)),
    );
    const value = await choose(talk, WORDS.plain.whichNumber, values);
    if (value === undefined) continue;
    const problem = await saveSettings({ ...settings, [name]: value });
    talk.say(problem === undefined ? WORDS.settings.kept : WORDS.settings.notKept(problem));
  }
}

function valueText(name: keyof Settings, value: string): string {
  const values: Readonly<Record<string, string>> = WORDS.settings.rows[name].values;
  return values[value] ?? value;
}
