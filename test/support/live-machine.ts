import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { accelerator } from '../../scripts/machine/accelerator.ts';
import { type LiveOptions, liveWords, MEDIUM, OVMF } from '../../scripts/machine/live-words.ts';
import { Qmp } from '../../scripts/machine/qmp.ts';
import { SerialConsole } from '../../scripts/machine/serial-console.ts';
import { SerialShell } from '../../scripts/machine/serial-shell.ts';
import { WORK } from './live-image.ts';
import { LiveScreen } from './live-screen.ts';
import { type TerminalSession, terminalSession } from './terminal-session.ts';

/** Without KVM a machine takes minutes, and others may use the processor. */
const PATIENCE_MS = 600_000;

/** What QEMU has counted of a disk since the start. */
export interface DiskCounts {
  readonly reads: number;
  readonly writes: number;
  readonly readBytes: number;
}

/** A virtual machine that starts the live image, seen through its screen, its serial lines and from outside. */
export interface LiveMachine extends AsyncDisposable {
  /** The first serial line as a terminal of 80 by 24. */
  readonly terminal: TerminalSession;
  /** The screen and the keyboard. */
  readonly screen: LiveScreen;
  /** A shell on the second serial line, where `lifeboat.shell=ttyS1` was asked for; resolves when it is there. */
  shell(): Promise<SerialShell>;
  /** By serial number; the medium is `medium`. */
  counts(): Promise<ReadonlyMap<string, DiskCounts>>;
  /** Pulls a disk (`medium` is the stick) out of its socket. */
  pull(name: string): Promise<void>;
  /** Puts the stick into a socket again. */
  plugStick(): Promise<void>;
  /** Presses the button that switches the machine off. */
  pressPower(): Promise<void>;
  /** What the memory of VGA's text mode holds, row by row, whatever letters the card draws for it. */
  textMode(): Promise<string[]>;
  /** Resolves when the guest has switched itself off; the disks can still be counted. */
  switchedOff(): Promise<void>;
  /** Cuts the power. */
  cut(): Promise<void>;
}

/** Starts a machine; `folder` takes its sockets, its pictures and the settings of its firmware. */
export async function startLive(
  options: Omit<LiveOptions, 'settings'>,
  folder: string,
): Promise<LiveMachine> {
  const at = (name: string): string => join(folder, `${name}-${count}`);
  count++;
  const [qmpPath, serialPath, shellPath, settings] = [at('qmp'), at('serial'), at('shell'), at('settings')];
  if (options.firmware !== 'bios') await copyFile(OVMF[options.firmware].settings, settings);
  const words = [
    ...liveWords({ ...options, settings }),
    ...['-accel', await accelerator(), '-cpu', 'max', '-smp', '2', '-display', 'none', '-no-shutdown'],
    ...['-qmp', `unix:${qmpPath},server=on,wait=off`],
    ...['-chardev', `socket,id=serial,path=${serialPath},server=on,wait=off`, '-serial', 'chardev:serial'],
    ...['-chardev', `socket,id=shell,path=${shellPath},server=on,wait=off`, '-serial', 'chardev:shell'],
  ];
  const qemu = spawn('qemu-system-x86_64', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  qemu.stderr.on('data', (text: Buffer) => {
    complaint += text.toString('utf8');
  });
  const gone = once(qemu, 'exit');
  const cut = async (): Promise<void> => {
    qemu.kill('SIGKILL');
    await gone;
  };
  try {
    // It answers when everything that was asked for is made, the other sockets as well.
    const qmp = await Qmp.connect(qmpPath, qemu);
    const terminal = await terminalSession([], {
      command: `${process.execPath} ${join(import.meta.dirname, '../../scripts/machine/serial-terminal.ts')} ${serialPath}`,
      patienceMs: PATIENCE_MS,
    });
    const line = await SerialConsole.connect(shellPath, qemu);
    const screen = new LiveScreen(qmp, folder, WORK, PATIENCE_MS);
    return {
      terminal,
      screen,
      cut,
      shell: () => shellOn(line),
      ...fromOutside(qmp),
      async [Symbol.asyncDispose]() {
        await terminal[Symbol.asyncDispose]();
        line.close();
        qmp.close();
        await cut();
      },
    };
  } catch (error) {
    await cut();
    throw new Error(`the machine did not start: ${complaint.trim()}`, { cause: error });
  }
}

let count = 0;

/** What the live system says on the line before the shell takes commands. */
const SHELL_READY = /lifeboat:[^#]*# /;

async function shellOn(line: SerialConsole): Promise<SerialShell> {
  if ((await line.waitFor(SHELL_READY, PATIENCE_MS)) === undefined) throw new Error('the machine has ended');
  const shell = new SerialShell(line);
  // It would put signs for a terminal around each command.
  const quiet = "bind 'set enable-bracketed-paste off'";
  line.send(`${quiet}; stty -echo -onlcr; PS1= PS2=; unset PROMPT_COMMAND; echo '::'ready\n`);
  await line.waitFor(/::ready/, PATIENCE_MS);
  return shell;
}

type Outside = Pick<LiveMachine, 'counts' | 'pull' | 'plugStick' | 'pressPower' | 'textMode' | 'switchedOff'>;

function fromOutside(qmp: Qmp): Outside {
  return {
    async counts() {
      const stats = (await qmp.ask('query-blockstats')) as readonly {
        readonly 'node-name'?: string;
        readonly stats: {
          readonly rd_operations: number;
          readonly wr_operations: number;
          readonly rd_bytes: number;
        };
      }[];
      return new Map(
        stats.map(({ 'node-name': name = '', stats: { rd_operations, wr_operations, rd_bytes } }) => [
          name,
          { reads: rd_operations, writes: wr_operations, readBytes: rd_bytes },
        ]),
      );
    },
    async pull(name) {
      await qmp.ask('device_del', { id: name });
    },
    async plugStick() {
      await qmp.ask('device_add', {
        driver: 'usb-storage',
        drive: MEDIUM,
        id: MEDIUM,
        bus: 'xhci.0',
        removable: true,
        serial: 'STICK',
      });
    },
    async pressPower() {
      await qmp.ask('system_powerdown');
    },
    textMode: () => textMode(qmp),
    async switchedOff() {
      for (const end = Date.now() + PATIENCE_MS; ; await delay(200)) {
        const { status } = (await qmp.ask('query-status')) as { status: string };
        if (status === 'shutdown') return;
        if (Date.now() > end) throw new Error(`the machine is still ${status}`);
      }
    },
  };
}

/** Where VGA has the letters of its usual text mode. */
const TEXT_MODE = { address: '0xb8000', columns: 80, rows: 25 } as const;

async function textMode(qmp: Qmp): Promise<string[]> {
  const { address, columns, rows } = TEXT_MODE;
  const command = `xp /${columns * rows}hx ${address}`;
  const said = (await qmp.ask('human-monitor-command', { 'command-line': command })) as string;
  // The lower byte of each cell is its letter, the upper one its colours.
  const letters = [...said.matchAll(/ 0x[0-9a-f]{2}([0-9a-f]{2})/g)]
    .map(([, code = '']) => String.fromCharCode(Number.parseInt(code, 16)))
    .join('');
  return Array.from({ length: rows }, (_, row) =>
    letters.slice(row * columns, (row + 1) * columns).trimEnd(),
  );
}
