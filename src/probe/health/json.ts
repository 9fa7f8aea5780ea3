/** Looks into JSON of other programs, in which anything may be missing or of another type. */

/** The value under these keys and indexes; undefined where the way ends. */
export function dig(json: unknown, ...way: readonly (string | number)[]): unknown {
  let value = json;
  for (const key of way) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

export function numberAt(json: unknown, ...way: readonly (string | number)[]): number | undefined {
  const value = dig(json, ...way);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textAt(json: unknown, ...way: readonly (string | number)[]): string | undefined {
  const value = dig(json, ...way);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function flagAt(json: unknown, ...way: readonly (string | number)[]): boolean | undefined {
  const value = dig(json, ...way);
  return typeof value === 'boolean' ? value : undefined;
}

export function listAt(json: unknown, ...way: readonly (string | number)[]): readonly unknown[] {
  const value = dig(json, ...way);
  return Array.isArray(value) ? value : [];
}
