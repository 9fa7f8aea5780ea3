import type { Line } from '../frame/line.ts';
import { emptyField, fieldLine, type TextField, typedInto } from '../frame/text-field.ts';
import { isKey, KEYS } from '../keys.ts';

const PATH_LENGTH = 400;

/** A line in which a path is typed, on top of a list. */
export class PathLine {
  #field: TextField | undefined;

  get isOpen(): boolean {
    return this.#field !== undefined;
  }

  get text(): string {
    return this.#field?.text.trim() ?? '';
  }

  open(text = ''): void {
    this.#field = { ...emptyField(PATH_LENGTH), text };
  }

  /** False when it was closed already. */
  close(): boolean {
    const wasOpen = this.isOpen;
    this.#field = undefined;
    return wasOpen;
  }

  /** Takes a key; true when what was typed shall be taken. */
  key(key: string): boolean {
    if (!this.#field) return false;
    if (isKey(key, KEYS.path.take)) return true;
    if (isKey(key, KEYS.path.clear)) this.#field = { ...this.#field, text: '' };
    else this.#field = typedInto(this.#field, key) ?? this.#field;
    return false;
  }

  /** The line as it is drawn; none while it is closed. */
  lines(label: string, width: number): Line[] {
    return this.#field ? [fieldLine(this.#field, label, width)] : [];
  }
}

/** A path as it is typed: `sdb1:/folder` lies in a drive that is to be mounted, `/folder` on this machine. */
export function typedPath(text: string): { readonly drive: string | undefined; readonly path: string } {
  const colon = text.indexOf(':/');
  const slash = text.indexOf('/');
  if (colon <= 0 || slash < colon) return { drive: undefined, path: text };
  return { drive: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** The text that `typedPath` reads. */
export const pathText = (drive: string | undefined, path: string): string =>
  drive === undefined ? path : `${drive}:${path}`;
