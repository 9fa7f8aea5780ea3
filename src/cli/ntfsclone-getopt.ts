/** An option that a command line may hold. */
export interface OptionForm<Name extends string> {
  readonly name: Name;
  readonly short?: string;
  readonly long?: string;
  readonly takesValue?: true;
}

/** One piece of a command line. */
export type Piece<Name extends string> =
  | { readonly option: Name; readonly value: string | undefined }
  | { readonly word: string }
  /** What getopt says of it. */
  | { readonly problem: string };

/**
 * Takes a command line apart as GNU getopt_long does when it returns everything in its order: short options may be
 * joined, long ones shortened to anything that is unambiguous, values follow or are attached, words and options mix.
 * What stands behind `--` is not seen. Ends at the first problem.
 */
export function* getoptLong<Name extends string>(
  words: readonly string[],
  forms: readonly OptionForm<Name>[],
): IterableIterator<Piece<Name>> {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '--') return;
    if (word === '-' || !word.startsWith('-')) {
      yield { word };
      continue;
    }
    const next = words[at + 1];
    const found = word.startsWith('--') ? [long(word, next, forms)] : shorts(word, next, forms);
    for (const piece of found) {
      yield piece;
      if ('problem' in piece) return;
      if ('usedNext' in piece) at++;
    }
  }
}

type Found<Name extends string> = Piece<Name> | { option: Name; value: string; usedNext: true };

function long<Name extends string>(
  word: string,
  next: string | undefined,
  forms: readonly OptionForm<Name>[],
): Found<Name> {
  const [name = '', ...rest] = word.slice(2).split('=');
  const attached = rest.length > 0 ? rest.join('=') : undefined;
  const exact = forms.find((form) => form.long === name);
  const near = exact === undefined ? forms.filter((form) => form.long?.startsWith(name)) : [exact];
  const [form] = near;
  if (form === undefined) return { problem: `unrecognized option '${word}'` };
  if (near.length > 1) {
    const names = near.map((one) => `'--${one.long}'`).join(' ');
    return { problem: `option '${word}' is ambiguous; possibilities: ${names}` };
  }
  if (!form.takesValue) {
    if (attached !== undefined) return { problem: `option '--${form.long}' doesn't allow an argument` };
    return { option: form.name, value: undefined };
  }
  if (attached !== undefined) return { option: form.name, value: attached };
  if (next === undefined) return { problem: `option '--${form.long}' requires an argument` };
  return { option: form.name, value: next, usedNext: true };
}

function* shorts<Name extends string>(
  word: string,
  next: string | undefined,
  forms: readonly OptionForm<Name>[],
): IterableIterator<Found<Name>> {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] as string;
    const form = forms.find((one) => one.short === letter);
    if (form === undefined) {
      yield { problem: `invalid option -- '${letter}'` };
      return;
    }
    if (!form.takesValue) {
      yield { option: form.name, value: undefined };
      continue;
    }
    const attached = word.slice(at + 1);
    if (attached !== '') yield { option: form.name, value: attached };
    else if (next !== undefined) yield { option: form.name, value: next, usedNext: true };
    else yield { problem: `option requires an argument -- '${letter}'` };
    return;
  }
}
