/** JSON that is not what it should be: which field, what was expected, what was found. */
export class FieldError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** The value of a text of JSON. Throws a `FieldError`, as all here do. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FieldError('it is cut off or no JSON');
  }
}

const SHOWN = 40;

export function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, SHOWN);
}

export function object(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new FieldError(`${name} is ${shown(value)}, not an object`);
}

export function string(value: unknown, name: string): string {
  if (typeof value === 'string' && !value.includes('\0')) return value;
  throw new FieldError(`${name} is ${shown(value)}, not a text`);
}

export function path(value: unknown, name: string): string {
  const text = string(value, name);
  if (text.startsWith('/')) return text;
  throw new FieldError(`${name} is ${shown(value)}, not a whole path`);
}

export function date(value: unknown, name: string): string {
  const text = string(value, name);
  if (!Number.isNaN(Date.parse(text))) return text;
  throw new FieldError(`${name} is ${shown(value)}, not a time`);
}

export function boolean(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new FieldError(`${name} is ${shown(value)}, not true or false`);
}

export function count(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new FieldError(`${name} is ${shown(value)}, not a whole number`);
}

export function oneOf<T extends string>(value: unknown, name: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new FieldError(`${name} is ${shown(value)}, not one of ${words.join(', ')}`);
}

export function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new FieldError(`${name} is ${shown(value)}, not a list`);
}
