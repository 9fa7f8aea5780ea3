import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, constants, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LiveOptions, liveWords, OVMF } from '../../scripts/machine/live-words.ts';
import { Qmp } from '../../scripts/machine/qmp.ts';
import { type TerminalSession, terminalSession } from './terminal-session.ts';

/** Without KVM a machine takes minutes, and others may use the processor. */
const MACHINE_PATIENCE_MS = 600_000;

/** A virtual machine that starts the live image, seen through its serial line and from outside. */
export interface LiveMachine extends AsyncDisposable {
  /** The serial line as a terminal of 80 by 24. */
  readonly terminal: TerminalSession;
  /** What QEMU has counted of each disk since the start, by its serial number. */
  counts(): Promise<ReadonlyMap<string, { readonly reads: number; readonly writes: number }>>;
  /** Presses keys of the keyboard together, by QEMU's names (`alt`, `f2`). */
  keyboard(...keys: string[]): Promise<void>;
  /** A picture of the screen as PNG. */
  picture(path: string): Promise<void>;
  /** Pulls a disk (`medium` is the stick) out of its socket. */
  pull(name: string): Promise<void>;
  /** Resolves when the guest has switched itself off; the disks can still be counted. */
  switchedOff(): Promise<void>;
}

/** Starts a machine; `folder` takes its sockets and the settings of its firmware. */
export async function startLive(
  options: Omit<LiveOptions, 'settings'>,
  folder: string,
): Promise<LiveMachine> {
  const [qmpPath, serialPath, settings] = ['qmp', 'serial', 'settings.fd'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  if (options.firmware !== 'bios') await copyFile(OVMF[options.firmware].settings, settings);
  const hasKvm = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  const words = [
    ...liveWords({ ...options, settings }),
    ...['-accel', hasKvm ? 'kvm' : 'tcg', '-cpu', 'max', '-smp', '2', '-display', 'none', '-no-shutdown'],
    ...['-qmp', `unix:${qmpPath},server=on,wait=off`],
    ...['-chardev', `socket,id=serial,path=${serialPath},server=on,wait=off`, '-serial', 'chardev:serial'],
  ];
  const qemu = spawn('qemu-system-x86_64', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  qemu.stderr.on('data', (text: Buffer) => {
    complaint += text.toString('utf8');
  });
  const gone = once(qemu, 'exit');
  const end = async (): Promise<void> => {
    qemu.kill('SIGKILL');
    await gone;
  };
  try {
    for (const path of [qmpPath, serialPath]) await whenThere(path, qemu);
    const qmp = await Qmp.connect(qmpPath);
    const terminal = await terminalSession([], {
      command: `${process.execPath} ${join(import.meta.dirname, '../../scripts/machine/serial-terminal.ts')} ${serialPath}`,
      patienceMs: MACHINE_PATIENCE_MS,
    });
    return live(qmp, terminal, end);
  } catch (error) {
    await end();
    throw new Error(`the machine did not start: ${complaint.trim()}`, { cause: error });
  }
}

function live(qmp: Qmp, terminal: TerminalSession, end: () => Promise<void>): LiveMachine {
  return {
    terminal,
    async counts() {
      const stats = (await qmp.ask('query-blockstats')) as readonly {
        readonly 'node-name'?: string;
        readonly stats: { readonly rd_operations: number; readonly wr_operations: number };
      }[];
      return new Map(
        stats.map(({ 'node-name': name = '', stats: { rd_operations: reads, wr_operations: writes } }) => [
          name,
          { reads, writes },
        ]),
      );
    },
    async keyboard(...keys) {
      await qmp.ask('send-key', { keys: keys.map((data) => ({ type: 'qcode', data })) });
    },
    async picture(path) {
      await qmp.ask('screendump', { filename: path, format: 'png' });
    },
    async pull(name) {
      await qmp.ask('device_del', { id: name });
    },
    async switchedOff() {
      for (const end = Date.now() + MACHINE_PATIENCE_MS; ; await delay(200)) {
        const { status } = (await qmp.ask('query-status')) as { status: string };
        if (status === 'shutdown') return;
        if (Date.now() > end) throw new Error(`the machine is still ${status}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]();
      qmp.close();
      await end();
    },
  };
}

async function whenThere(path: string, qemu: ChildProcess): Promise<void> {
  for (const end = Date.now() + 60_000; !existsSync(path); await delay(20)) {
    if (qemu.exitCode !== null || qemu.pid === undefined) throw new Error('QEMU has ended');
    if (Date.now() > end) throw new Error(`${path} did not appear`);
  }
}
