import { VERSION } from '../text/version.ts';
import { ARCHIVE_HELP } from './archive-help.ts';
import { BOOTCHECK_HELP } from './bootcheck-help.ts';
import { CLONE_HELP, IMAGE_HELP, NTFSCLONE_HELP } from './clone-help.ts';
import { CP_HELP, LS_HELP } from './file-help.ts';
import { ATTACH_HELP, JOBS_HELP, REPORT_HELP, RESUME_HELP, STOP_HELP, VERIFY_HELP } from './job-help.ts';
import { MAP_HELP } from './map-help.ts';
import { METADATA_HELP } from './metadata-help.ts';
import { MOUNT_HELP } from './mount-help.ts';
import { PROBE_HELP } from './probe-help.ts';

/** What `lifeboat --help` prints. */
export const HELP = `Lifeboat ${VERSION}: saves what can still be read from a dying NTFS disk.

Usage:
  lifeboat                          the dashboard: see the disks, choose, watch
  lifeboat rescue SOURCE TARGET     save every readable used sector; stop and go on at any time
  lifeboat probe                    show the disks: their health, what is in them, what may be done with them
  lifeboat jobs                     what was begun, how far it is, and what to do next
  lifeboat resume JOB               go on with one of them, whatever its disks are called now
  lifeboat attach JOB               watch one that is running
  lifeboat stop JOB                 stop one that is running, in good order
  lifeboat verify JOB               compare a copy with what was read from its source
  lifeboat report JOB               what was lost, file by file
  lifeboat ls SOURCE [PATH]         list files of a volume, a clone or a partial clone, without mounting it
  lifeboat cp SOURCE PATH... FOLDER copy files out of one
  lifeboat mount SOURCE FOLDER      show the files of one in a folder, for reading only
  lifeboat unmount FOLDER           end that, and wait for the last write
  lifeboat clone SOURCE TARGET      copy the used clusters of a healthy volume, each in its place
  lifeboat image save|restore ...   save a healthy volume to a compressed image, check it, restore it
  lifeboat archive save|restore ... save files with FSArchiver, lossless for NTFS; to smaller or larger partitions
  lifeboat metadata SOURCE TARGET   copy the structures of a volume without the contents of its files
  lifeboat bootcheck DEVICE         will Windows boot from it? what is wrong, and fix it
  lifeboat ntfsclone ...            the command line of ntfsclone
  lifeboat map FILE                 look at a map: what is saved, what is bad, and where
  lifeboat help [COMMAND]           this page, or the page of one command
  lifeboat --version

Options of the dashboard:
      --plain          numbered questions and lines, without any drawing
      --disk DEVICE    look at this disk and no other (repeatable)
      --charts HOW     draw charts with braille, blocks or ascii (F2 there)
      --ascii          frames and signs in ASCII alone
      --color, --no-color
                       with colours, or without (F4 there)

The source is only ever read, never written. Example:
  lifeboat rescue /dev/sdb2 /mnt/backup/windows.img
`;

const RESCUE_HELP = `lifeboat rescue SOURCE TARGET [options]

Saves every used sector of an NTFS volume that can still be read: the file system's own structures first, then the
files. Of a whole disk the partition tables come first, then each partition by what it holds. SOURCE is a partition,
a disk or an image file; it is only read. TARGET is a new file or a disk at least as large.
Stop it at any moment (Ctrl-C); the same command goes on where it stopped, even after a crash or a power cut.

Options:
  -m, --map FILE       where progress is kept (GNU ddrescue's format). Default: TARGET.map beside a target file,
                       ./SOURCE-to-TARGET.map for a target disk
      --job FOLDER     where the job is kept: who the disks are, options, events, health, report; and the map, unless
                       --map says otherwise. Default: beside the map, with .lifeboat in the place of .map
      --on DEVICE      TARGET is a file in the volume on that drive (NTFS, exFAT, FAT, ext4), which is mounted for the
                       time of the rescue alone; what else is on it stays as it is
      --fill HOW       what unreadable sectors become in the target:
                       marker  "BadSectoR", then question marks (default)
                       zero    zeros
                       keep    whatever the target held before
      --first PATTERN  save these files before other data, such as "Users/*/Documents", "**/*.docx" (repeatable; a
                       folder means all in it), or "personal": documents, desktop, pictures, videos, music and
                       downloads of everybody
      --all-sectors    save free space too, after everything that is in use
      --hopeless HOW   areas that are bad wherever they were tried, once all else is done:
                       try     every sector of them (default without a terminal)
                       leave   leave them alone; the same command can try them later
                       ask     say what it would cost, and ask (default on a terminal)
      --fix-gpt HOW    at the end, a partition table (GPT) that does not fit a larger target, or is damaged:
                       yes     write both copies as they have to be, on the target
                       no      leave it as it was on the source (default without a terminal)
                       ask     say so, and ask (default on a terminal)
  -r, --retries N      try bad sectors N more times at the end (default 0)
      --physical-sector BYTES
                       512 or 4096, if you know better than the disk tells: the unit in which it fails
                       (default: as the disk tells; larger ones are found out)
      --min-rate BYTES put off places that are read more slowly than that, per second (0 for none, units as in 500k,
                       1M, 2MiB; default: what is slow for this disk is learnt)
      --wait SECONDS   how long a source or target that is gone, or a target that is full or fails, is waited for;
                       a number or forever (default: forever on a terminal and with --detach, else 30)
      --keep-timeouts  leave the time-outs of the kernel and of the drive alone; else those of the source are
                       lowered, and put back at the end
      --report FILE    write the report as JSON: every lost sector, and whose it was
      --verify         compare the target with what was read, at the end; the source is not read again
      --detach         go on by itself, in the background, once it has begun: see lifeboat help attach
      --json           print events as JSON, one a line, for other programs
      --plain          print lines, even where a panel could be drawn
  -y, --yes            overwrite a target that is not empty, without asking
  -f, --force          as --yes, and go on in spite of warnings that can be passed
                       (never if source and target are the same disk)
  -h, --help           this page

Exit codes:
  0  everything is saved
  1  failed: the target, the map or the program; what was saved stays saved
  2  the command was not understood
  3  refused before anything was touched
  4  finished, but some sectors could not be read
  5  stopped by you; the same command goes on
  6  the source vanished; the same command goes on when it is back

Examples:
  lifeboat rescue /dev/sdb2 windows.img
  lifeboat rescue /dev/sdb2 /dev/sdc1 --map sdb2.map --report sdb2.json
`;

const PAGES: Readonly<Record<string, string>> = {
  rescue: RESCUE_HELP,
  probe: PROBE_HELP,
  ls: LS_HELP,
  cp: CP_HELP,
  mount: MOUNT_HELP,
  unmount: MOUNT_HELP,
  bootcheck: BOOTCHECK_HELP,
  clone: CLONE_HELP,
  image: IMAGE_HELP,
  archive: ARCHIVE_HELP,
  metadata: METADATA_HELP,
  ntfsclone: NTFSCLONE_HELP,
  map: MAP_HELP,
  jobs: JOBS_HELP,
  resume: RESUME_HELP,
  verify: VERIFY_HELP,
  attach: ATTACH_HELP,
  stop: STOP_HELP,
  report: REPORT_HELP,
};

/** The page of a command; undefined when there is no such command. */
export const helpFor = (command: string): string | undefined => PAGES[command];

/** Names of all commands that have a page. */
export const COMMANDS: readonly string[] = Object.keys(PAGES);
