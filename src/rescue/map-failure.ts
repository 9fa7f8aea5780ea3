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
  return {
    running: 'Make room there, and the rescue goes on by itself.',
    ended:
      'Make room there, or copy it to another disk and name it with --map; then the same command goes on.',
  };
}
