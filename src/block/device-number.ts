/**
 * A device number as the kernel prints it in sysfs and mountinfo, `major:minor`, from the packed form that
 * `stat` gives in `dev` and `rdev` (12 bits of major and 8 of minor below, the rest above; glibc's `makedev`).
 */
export function majorMinorOf(packed: bigint): string {
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & 0xfffff000n);
  const minor = (packed & 0xffn) | ((packed >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
