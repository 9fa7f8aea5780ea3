import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS = 60_000;

/**
 * Connects to a socket of QEMU, however early it is tried: QEMU makes the file of a socket before it listens on it.
 * Rejects when QEMU has ended instead.
 */
export async function connected(path: string, qemu: ChildProcess): Promise<Socket> {
  for (const deadline = performance.now() + READY_MS; ; await sleep(10)) {
    const socket = createConnection(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      socket.destroy();
      if (qemu.exitCode !== null || qemu.pid === undefined) throw new Error('QEMU has ended');
      if (performance.now() > deadline) throw new Error(`${path} takes no connection`, { cause: error });
    }
  }
}
