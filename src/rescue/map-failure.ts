/** How a file system answers whose device or driver is gone. */
const DEAD = ['ENOTCONN', 'EIO', 'ENODEV', 'ENXIO', 'ESTALE', 'ESHUTDOWN'];

/**
 * What helps when a map cannot be saved. `message` is that of the system, which begins with the error's name. A file
 * system that the kernel finds damaged, as FAT often is after a power cut, can only be read from then on (EROFS).
 */
export function mapFailureAdvice(message: string): { readonly running: string; readonly ended: string } {
  if (message.startsWith('EROFS')) {
    return {
      running:
        'Its file system can only be read now, as the kernel makes it after damage: stop, check it with fsck, and mount it again.',
      ended:
        'Its file system can only be read now, as the kernel makes it after damage: check it with fsck and mount it again, or copy the map to another disk and name it with --map; then the same command goes on.',
    };
  }
  if (DEAD.some((errno) => message.startsWith(errno))) {
    return {
      running:
        'Its file system does not answer: attach its drive again, mount it where it was, and the rescue goes on.',
      ended:
        'What is saved is on the target; the map is as it was saved last. Attach its drive again and mount it where it was, or name a copy of the map with --map; then the same command goes on.',
    };
  }
  return {
    running: 'Make room there, and the rescue goes on by itself.',
    ended:
      'Make room there, or copy it to another disk and name it with --map; then the same command goes on.',
  };
}
