import { basename } from 'node:path';
import { archiveCommand } from './cli/archive.ts';
import { attachCommand, stopCommand } from './cli/attach.ts';
import { bootRepairCommand } from './cli/boot-repair.ts';
import { bootcheckCommand } from './cli/bootcheck.ts';
import { cloneCommand } from './cli/clone.ts';
import { cpCommand } from './cli/cp.ts';
import { DASHBOARD_OPTIONS, dashboardCommand } from './cli/dashboard.ts';
import { driveKeeperCommand } from './cli/drive-keeper.ts';
import { engineCommand } from './cli/engine.ts';
import { EXIT } from './cli/exit-codes.ts';
import { HELP, helpFor } from './cli/help.ts';
import { imageCommand } from './cli/image.ts';
import { inquiryCommand } from './cli/inquiry.ts';
import { reportCommand } from './cli/job-report.ts';
import { jobsCommand } from './cli/jobs.ts';
import { listWriterCommand } from './cli/list-writer.ts';
import { lsCommand } from './cli/ls.ts';
import { mapCommand } from './cli/map.ts';
import { metadataCommand } from './cli/metadata.ts';
import { mountCommand, unmountCommand } from './cli/mount.ts';
import { ntfscloneCommand } from './cli/ntfsclone.ts';
import { probeCommand } from './cli/probe.ts';
import { probeWorkerCommand } from './cli/probe-worker.ts';
import { rescueCommand } from './cli/rescue.ts';
import { resumeCommand } from './cli/resume.ts';
import { unknownCommand } from './cli/unknown-command.ts';
import { UsageError } from './cli/usage-error.ts';
import { verifyCommand } from './cli/verify.ts';
import { REPAIR_COMMAND } from './jobs/boot/repair-messages.ts';
import { KEEPER_COMMAND } from './jobs/drive/keeper-messages.ts';
import { ENGINE_COMMAND } from './jobs/engine-process.ts';
import { LIST_COMMAND } from './jobs/export-list.ts';
import { INQUIRY_COMMAND } from './jobs/inquiry.ts';
import { PROBE_WORKER_COMMAND } from './probe/worker-process.ts';
import { VERSION } from './text/version.ts';

async function run(words: readonly string[]): Promise<number> {
  const [command, ...rest] = words;
  switch (command) {
    case 'rescue':
      return rescueCommand(rest);
    case 'jobs':
      return jobsCommand(rest);
    case 'resume':
      return resumeCommand(rest);
    case 'verify':
      return verifyCommand(rest);
    case 'attach':
      return attachCommand(rest);
    case 'stop':
      return stopCommand(rest);
    case 'report':
      return reportCommand(rest);
    case 'map':
      return mapCommand(rest);
    case 'ls':
      return lsCommand(rest);
    case 'cp':
      return cpCommand(rest);
    case 'probe':
      return probeCommand(rest);
    case 'mount':
      return mountCommand(rest);
    case 'unmount':
      return unmountCommand(rest);
    case 'bootcheck':
      return bootcheckCommand(rest);
    case REPAIR_COMMAND:
      return bootRepairCommand(rest);
    case PROBE_WORKER_COMMAND:
      return probeWorkerCommand();
    case 'clone':
      return cloneCommand(rest);
    case 'archive':
      return archiveCommand(rest);
    case 'image':
      return imageCommand(rest);
    case 'metadata':
      return metadataCommand(rest);
    case 'ntfsclone':
      return ntfscloneCommand(rest);
    case KEEPER_COMMAND:
      return driveKeeperCommand();
    case ENGINE_COMMAND:
      return engineCommand();
    case undefined:
      // Without a terminal there is nobody to look at a dashboard.
      return process.stdin.isTTY && process.stdout.isTTY ? dashboardCommand([]) : help(undefined);
    case INQUIRY_COMMAND:
      return inquiryCommand(rest);
    case LIST_COMMAND:
      return listWriterCommand(rest);
    case 'help':
    case '--help':
    case '-h':
      return help(rest[0]);
    case '--version':
    case '-V':
      process.stdout.write(`lifeboat ${VERSION}\n`);
      return EXIT.saved;
    default:
      if (DASHBOARD_OPTIONS.includes(command.split('=')[0] ?? '')) return dashboardCommand(words);
      throw unknownCommand(command);
  }
}

function help(command: string | undefined): number {
  const page = command === undefined || command === 'help' ? HELP : helpFor(command);
  if (page === undefined) throw unknownCommand(command ?? '');
  process.stdout.write(page);
  return EXIT.saved;
}

async function main(): Promise<number> {
  try {
    const words = process.argv.slice(2);
    // The executable may be called by the name of the program whose place it takes.
    return await run(basename(process.argv0) === 'ntfsclone' ? ['ntfsclone', ...words] : words);
  } catch (error) {
    if (error instanceof UsageError) {
      const page = error.command ? `lifeboat help ${error.command}` : 'lifeboat help';
      process.stderr.write(`lifeboat: ${error.message}. See: ${page}\n`);
      return EXIT.usage;
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`lifeboat: internal error, please report it: ${detail}\n`);
    return EXIT.failed;
  }
}

/** Resolves when everything written so far has left the process: pipes and sockets take it later than files. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}

/** Processes that people do not start themselves; whoever ends them all has to tell them apart. */
const INNER_COMMANDS: readonly string[] = [
  ...[ENGINE_COMMAND, INQUIRY_COMMAND, KEEPER_COMMAND, LIST_COMMAND, PROBE_WORKER_COMMAND, REPAIR_COMMAND],
];

/** What the system lists a process as: without this it would be Node's. The whole command line is replaced by it. */
const titleOf = (command = ''): string =>
  INNER_COMMANDS.includes(command) ? `lifeboat ${command}` : 'lifeboat';

let outputFailure: string | undefined;

/** Output that nobody takes (`| head`, a full disk) is no reason to end a rescue; the exit code tells of the latter. */
function outputFailed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') outputFailure ??= error.code ?? error.message;
}

process.title = titleOf(process.argv[2]);
process.stdout.on('error', outputFailed);
process.stderr.on('error', outputFailed);
main().then(async (code) => {
  await drained(process.stdout);
  if (outputFailure) process.stderr.write(`lifeboat: the output could not be written (${outputFailure}).\n`);
  await drained(process.stderr);
  // A read that hangs in the kernel must not keep the program from ending.
  process.exit(outputFailure && code === EXIT.saved ? EXIT.failed : code);
});
