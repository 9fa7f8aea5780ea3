import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { READY } from './initrd.ts';
import { Qmp } from './qmp.ts';
import { SerialConsole } from './serial-console.ts';
import { SerialShell } from './serial-shell.ts';

/** A disk of the machine, in the order /dev/vda, /dev/vdb, ... */
export interface MachineDisk {
  /** An image file, or the socket of an NBD server. */
  readonly file?: string;
  readonly nbd?: string;
  readonly readOnly?: boolean;
  /** What the guest is told; at most 20 characters. */
  readonly serial: string;
}

export interface MachineOptions {
  readonly kernel: string;
  readonly initrd: string;
  readonly disks: readonly MachineDisk[];
  readonly memoryMegabytes?: number;
  /** Goes on from what `saveState` wrote for a machine with the same disks, instead of booting. */
  readonly state?: string;
}

/** Generous: there is no KVM in places, and others use the processor, too. */
const BOOT_MS = 300_000;

/** A virtual machine with a shell on its serial console. Its power can be cut at any instant. */
export class Machine implements AsyncDisposable {
  readonly console: SerialConsole;
  readonly #qemu: ChildProcess;
  readonly #qmp: Qmp;
  readonly #folder: string;
  readonly #gone: Promise<unknown>;
  readonly #shell: SerialShell;

  private constructor(
    qemu: ChildProcess,
    gone: Promise<unknown>,
    qmp: Qmp,
    console: SerialConsole,
    folder: string,
  ) {
    this.#qemu = qemu;
    this.#gone = gone;
    this.#qmp = qmp;
    this.console = console;
    this.#shell = new SerialShell(console);
    this.#folder = folder;
  }

  /** Starts the machine; resolves when its shell takes commands. */
  static async start(options: MachineOptions): Promise<Machine> {
    const folder = await mkdtemp(join(tmpdir(), 'lifeboat-machine-'));
    const [qmpPath, serialPath] = [join(folder, 'qmp'), join(folder, 'serial')];
    const qemu = spawn('qemu-system-x86_64', qemuWords(options, qmpPath, serialPath), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [qemu.stdout, qemu.stderr]) stream?.on('data', (text: Buffer) => (said += text));
    const gone = once(qemu, 'exit');
    try {
      const qmp = await Qmp.connect(qmpPath, qemu);
      const serial = await SerialConsole.connect(serialPath, qemu);
      const machine = new Machine(qemu, gone, qmp, serial, folder);
      await machine.#whenReady(options.state !== undefined);
      return machine;
    } catch (error) {
      qemu.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      throw new Error(`the machine did not start: ${said.trim()}`, { cause: error });
    }
  }

  /** Runs a command of the shell to its end; rejects when its exit code is not 0. */
  run(command: string, withinMs?: number): Promise<string> {
    return this.#shell.run(command, withinMs);
  }

  /** Starts a command; its end is told on the console as `MARK CODE::`, with the mark that comes back. */
  begin(command: string): string {
    return this.#shell.begin(command);
  }

  /** Cuts the power: nothing that the guest, its disks' queues or QEMU still hold is written any more. */
  async cut(): Promise<void> {
    this.#qemu.kill('SIGKILL');
    await this.#gone;
  }

  /** Writes down the whole machine while it runs, and ends it; `state` of another start goes on from there. */
  async saveState(path: string): Promise<void> {
    await this.#qmp.ask('migrate', { uri: `exec:cat > '${path}'` });
    for (;;) {
      const { status } = (await this.#qmp.ask('query-migrate')) as { status?: string };
      if (status === 'completed') break;
      if (status === 'failed' || status === 'cancelled')
        throw new Error(`the machine's state was not saved: ${status}`);
      await sleep(50);
    }
    await this.cut();
  }

  /** A picture of the screen as PNG. */
  async screenshot(path: string): Promise<void> {
    await this.#qmp.ask('screendump', { filename: path, format: 'png' });
  }

  /** What QEMU has counted of each disk, by its serial number: a view from outside of the guest. */
  async diskCounts(): Promise<ReadonlyMap<string, { readonly reads: number; readonly writes: number }>> {
    const stats = (await this.#qmp.ask('query-blockstats')) as {
      readonly qdev?: string;
      readonly stats: { readonly rd_operations: number; readonly wr_operations: number };
    }[];
    return new Map(
      stats.map(({ qdev = '', stats: { rd_operations: reads, wr_operations: writes } }) => [
        /\/?([\w-]+)(?:\/virtio-backend)?$/.exec(qdev)?.[1] ?? qdev,
        { reads, writes },
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
    this.#qmp.close();
    this.console.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #whenReady(isRestored: boolean): Promise<void> {
    if (!isRestored) {
      if ((await this.console.waitFor(new RegExp(READY), BOOT_MS)) === undefined) {
        throw new Error(`the machine went off while it booted: ${this.console.transcript.slice(-2000)}`);
      }
      return;
    }
    for (;;) {
      const { status } = (await this.#qmp.ask('query-status')) as { status: string };
      if (status === 'running') break;
      await sleep(20);
    }
    await this.run('true');
  }
}

function qemuWords(options: MachineOptions, qmp: string, serial: string): string[] {
  const { kernel, initrd, disks, memoryMegabytes = 768, state } = options;
  const words = [
    ...['-machine', 'q35', '-cpu', 'max', '-smp', '1', '-m', String(memoryMegabytes)],
    ...['-accel', 'tcg', '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-vga', 'std'],
    ...['-kernel', kernel, '-initrd', initrd],
    ...['-append', 'console=ttyS0 quiet loglevel=1 panic=-1 tsc=unstable mitigations=off'],
    ...['-qmp', `unix:${qmp},server=on,wait=off`],
    ...['-chardev', `socket,id=serial,path=${serial},server=on,wait=off`, '-serial', 'chardev:serial'],
  ];
  disks.forEach(({ file, nbd, readOnly = false, serial: name }, i) => {
    const isReadOnly = readOnly ? 'on' : 'off';
    const backend =
      nbd === undefined
        ? `driver=raw,node-name=disk${i},read-only=${isReadOnly},file.driver=file,file.locking=off,file.filename=${file}`
        : `driver=raw,node-name=disk${i},read-only=${isReadOnly},file.driver=nbd,file.server.type=unix,file.server.path=${nbd}`;
    words.push('-blockdev', backend, '-device', `virtio-blk-pci,drive=disk${i},id=${name},serial=${name}`);
  });
  if (state !== undefined) words.push('-incoming', `exec:cat '${state}'`);
  return words;
}
