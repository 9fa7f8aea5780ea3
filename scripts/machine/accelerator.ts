import { access, constants, readFile } from 'node:fs/promises';

/** What QEMU runs a machine with: the processor itself, or a translation of every instruction (ten times slower). */
export async function accelerator(): Promise<'kvm' | 'tcg'> {
  const mayUse = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  // Where the processor cannot do it /dev/kvm may be there all the same, and fail in the firmware.
  return mayUse && /^flags\s*:.*\b(?:vmx|svm)\b/m.test(await readFile('/proc/cpuinfo', 'latin1'))
    ? 'kvm'
    : 'tcg';
}
