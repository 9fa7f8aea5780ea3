/** A path or name as a pattern of FSArchiver's `-e` that fits it alone: `fnmatch` takes these signs for wildcards. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

/**
 * Whether FSArchiver leaves out an object for one of its patterns: `fnmatch` without flags, so that `*` stands for any
 * signs, `/` among them, against the name of the object and against its path from the root.
 */
export function excludeMatcher(patterns: readonly string[]): (path: string) => boolean {
  const forms = patterns.map(patternForm);
  return (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return forms.some((form) => form.test(name) || form.test(`/${path}`));
  };
}

function patternForm(pattern: string): RegExp {
  let form = '';
  for (let i = 0; i < pattern.length; i++) {
    const sign = pattern[i] as string;
    if (sign === '*') form += '[^]*';
    else if (sign === '?') form += '[^]';
    else if (sign === '\\' && i + 1 < pattern.length) form += literal(pattern[++i] as string);
    else if (sign === '[') {
      const end = classEnd(pattern, i);
      if (end === undefined) {
        form += literal(sign);
        continue;
      }
      const body = pattern.slice(i + 1, end);
      const negated = /^[!^]/.test(body);
      const signs = (negated ? body.slice(1) : body).replace(/[\\\]^]/g, '\\$&');
      form += `[${negated ? '^' : ''}${signs}]`;
      i = end;
    } else form += literal(sign);
  }
  return new RegExp(`^${form.replace(/(?:\[\^\]\*){2,}/g, '[^]*')}$`, 'u');
}

/** Where the class that begins at `start` ends: `]` directly behind its beginning is one of its signs. */
function classEnd(pattern: string, start: number): number | undefined {
  let at = start + 1;
  if (pattern[at] === '!' || pattern[at] === '^') at++;
  const end = pattern.indexOf(']', pattern[at] === ']' ? at + 1 : at);
  return end < 0 ? undefined : end;
}

const literal = (sign: string): string => sign.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
