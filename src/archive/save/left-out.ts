import { excludeMatcher } from '../fsarchiver/exclude-pattern.ts';

/**
 * Memory of a sleeping Windows and swap space, in the root of the volume. Windows makes them anew; a hibernation file that
 * was restored would make Windows wake up on a volume that has changed, and wreck it.
 */
const SYSTEM_FILES: ReadonlySet<string> = new Set(['hiberfil.sys', 'pagefile.sys', 'swapfile.sys']);

export type WhyLeftOut = 'system' | 'excluded';

/** Says why a path is not saved; undefined when it is. */
export function leftOutBy(patterns: readonly string[]): (path: string) => WhyLeftOut | undefined {
  const isExcluded = excludeMatcher(patterns);
  return (path) => {
    if (SYSTEM_FILES.has(path.toLowerCase())) return 'system';
    return isExcluded(path) ? 'excluded' : undefined;
  };
}
