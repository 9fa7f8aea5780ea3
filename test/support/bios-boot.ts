import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Longer than a start takes on a loaded machine. */
const LIMIT_MS = 60_000;
/** The BIOS has found something that it starts; from there on a disk that does nothing is silent. */
const STARTS = /Booting from Hard Disk/;

/**
 * Starts a virtual machine with a BIOS and one disk, which it does not change. Returns what was shown on its screen by the
 * time that `end` matched it, or that nothing more came for `silenceMs` after the disk was started.
 */
export async function biosScreen(image: string, end: RegExp, silenceMs = LIMIT_MS): Promise<string> {
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...['-machine', 'pc,graphics=off', '-accel', 'tcg', '-cpu', 'max', '-m', '16'],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
      // Without a screen the BIOS shows what it would on a serial line, text by boot code too.
      ...['-serial', 'stdio'],
      ...['-drive', `file=${image},format=raw,if=ide,snapshot=on`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const gone = once(qemu, 'exit');
  let shown = '';
  let silence: NodeJS.Timeout | undefined;
  const seen = new Promise<void>((resolve) => {
    qemu.stdout.on('data', (text: Buffer) => {
      shown += text.toString('latin1');
      clearTimeout(silence);
      if (end.test(shown)) resolve();
      else if (STARTS.test(shown)) silence = setTimeout(resolve, silenceMs);
    });
  });
  const limit = setTimeout(() => qemu.kill('SIGKILL'), LIMIT_MS);
  await Promise.race([seen, gone]);
  clearTimeout(silence);
  clearTimeout(limit);
  qemu.kill('SIGKILL');
  await gone;
  return shown;
}
