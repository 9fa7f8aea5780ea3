import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { replaceFile } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import { FieldError, object, oneOf, parseJson } from '../text/json-fields.ts';

/** The variable that names the file with the settings; the live image keeps it on its stick. */
const SETTINGS_VARIABLE = 'LIFEBOAT_SETTINGS';

/** How the dashboard shall look; `auto` is what the terminal can show. */
export interface Settings {
  readonly colours: 'auto' | 'on' | 'off';
  readonly charts: 'auto' | 'braille' | 'blocks' | 'ascii';
  /** Frames, marks and letters: what the terminal can show, or ASCII alone. */
  readonly signs: 'auto' | 'ascii';
}

/** What each setting can be, in the order in which it is offered. */
export const SETTING_VALUES = {
  colours: ['auto', 'on', 'off'],
  charts: ['auto', 'braille', 'blocks', 'ascii'],
  signs: ['auto', 'ascii'],
} as const satisfies { readonly [Name in keyof Settings]: readonly Settings[Name][] };

export const USUAL_SETTINGS: Settings = { colours: 'auto', charts: 'auto', signs: 'auto' };

/** The file: `$LIFEBOAT_SETTINGS`, or `lifeboat/settings.json` in the user's folder for settings. */
function settingsPath(env: NodeJS.ProcessEnv = process.env): string {
  if (env[SETTINGS_VARIABLE]) return env[SETTINGS_VARIABLE];
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'lifeboat/settings.json');
}

/** Reads the settings. What is not there, or is not understood, is as usual: nobody shall be kept from their disks by it. */
export async function loadSettings(path: string = settingsPath()): Promise<Settings> {
  try {
    return settingsOf(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof FieldError) && errnoName(error) === undefined) throw error;
    return USUAL_SETTINGS;
  }
}

/** Writes the settings; resolves to what speaks against it, as a clause. */
export async function saveSettings(
  settings: Settings,
  path: string = settingsPath(),
): Promise<string | undefined> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, Buffer.from(`${JSON.stringify(settings, undefined, 1)}\n`));
    return undefined;
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    return `${path} cannot be written (${errno})`;
  }
}

function settingsOf(text: string): Settings {
  const fields = object(parseJson(text), 'the settings');
  const known = <Name extends keyof Settings>(name: Name): Settings[Name] =>
    fields[name] === undefined
      ? USUAL_SETTINGS[name]
      : oneOf(fields[name], name, SETTING_VALUES[name] as readonly Settings[Name][]);
  return { colours: known('colours'), charts: known('charts'), signs: known('signs') };
}
