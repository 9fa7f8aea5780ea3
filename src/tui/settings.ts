import { SETTING_VALUES, type Settings, saveSettings, USUAL_SETTINGS } from '../jobs/settings.ts';
import { type Look, lookOf } from './look.ts';

/** The settings of this run: those that are kept, with what the command line says on top. */
export class SettingsStore {
  readonly #env: NodeJS.ProcessEnv;
  readonly #said: Partial<Settings>;
  #kept: Settings = USUAL_SETTINGS;
  #saving: Promise<string | undefined> = Promise.resolve(undefined);

  /** `said` is what the command line asks for; it counts for this run alone. */
  constructor(env: NodeJS.ProcessEnv, said: Partial<Settings>) {
    this.#env = env;
    this.#said = said;
  }

  get kept(): Settings {
    return this.#kept;
  }

  /** Settings that the command line has taken over for this run. */
  isSaid(name: keyof Settings): boolean {
    return this.#said[name] !== undefined;
  }

  /** Takes what was read of the file. */
  load(kept: Settings): void {
    this.#kept = kept;
  }

  get look(): Look {
    return lookOf(this.#env, { ...this.#kept, ...this.#said });
  }

  /** Resolves when all that was changed is kept, or cannot be. */
  get saved(): Promise<unknown> {
    return this.#saving;
  }

  /** Takes the next value of a setting, or the one before, and keeps it; resolves to what speaks against that. */
  async turn(name: keyof Settings, step: 1 | -1): Promise<string | undefined> {
    const values: readonly string[] = SETTING_VALUES[name];
    const at = values.indexOf(this.#kept[name]);
    const value = values[(at + step + values.length) % values.length];
    this.#kept = { ...this.#kept, [name]: value };
    // One after the other, the latest last.
    this.#saving = this.#saving.then(() => saveSettings(this.#kept));
    return this.#saving;
  }
}
