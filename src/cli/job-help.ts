/** What `lifeboat help jobs` prints. */
export const JOBS_HELP = `lifeboat jobs [FOLDER...] [options]

Lists the rescues that were begun: from what to what, how far they are, and what can be done next. Without FOLDER, all
that this user has begun on this system (in $LIFEBOAT_JOBS where that is set); with it, those in these folders, for
example on a drive that was used elsewhere.

Options:
      --json           one JSON object a line, for other programs
  -h, --help           this page

Exit codes:
  0  listed      1  failed      2  not understood      3  a folder cannot be read

Examples:
  lifeboat jobs
  lifeboat jobs /mnt/backup
`;

/** What `lifeboat help resume` prints. */
export const RESUME_HELP = `lifeboat resume JOB [options]

Goes on with a rescue, with the options it was begun with. JOB is a name from "lifeboat jobs", the folder of a job, or
its target file. Source and target are found again by serial number, size and place, whatever their names are now.
Another disk in their place is refused, and the differences are shown.

Options:
      --source PATH    where the source is now, if it cannot be found
      --target PATH    where the target is now, if it cannot be found
      --wait SECONDS   how long a source or target that is gone is waited for; a number or forever
      --detach         go on by itself, in the background, once it has begun
      --json           print events as JSON, one a line, for other programs
  -y, --yes            overwrite a target that is not empty, without asking (only for a job that has saved nothing)
  -f, --force          as --yes, and go on in spite of warnings that can be passed
  -h, --help           this page

Exit codes are those of lifeboat rescue. To change options, give the command lifeboat rescue again instead.

Example:
  lifeboat resume windows.img
`;

/** What `lifeboat help report` prints. */
export const REPORT_HELP = `lifeboat report JOB [options]

Shows the report of a rescue again: its verdict and what was lost, file by file. JOB is a name from "lifeboat jobs",
the folder of a job, or its target file. No disk is read.

Options:
      --json           print the report as JSON, as rescue --report writes it
  -h, --help           this page

Exit codes:
  0  shown      1  failed      2  not understood      3  there is no report, or it is damaged

Example:
  lifeboat report windows.img
`;

/** What `lifeboat help attach` prints. */
export const ATTACH_HELP = `lifeboat attach JOB [options]

Watches a rescue that is running, wherever it was started. JOB is a name from "lifeboat jobs", the folder of a job, or
its target file. Ctrl-C ends the watching, not the rescue. What the rescue asks can be answered here.

Options:
      --json           print events as JSON, one a line, for other programs
  -h, --help           this page

Exit codes are those of lifeboat rescue when it ends while it is watched; 5 when you stop watching; 3 when it is not
running.

Example:
  lifeboat rescue /dev/sdb2 windows.img --detach
  lifeboat attach windows.img
`;

/** What `lifeboat help stop` prints. */
export const STOP_HELP = `lifeboat stop JOB [options]

Stops a rescue that is running, as Ctrl-C does where it was started: the map is saved, unread sectors are marked.
"lifeboat resume JOB" goes on. JOB is a name from "lifeboat jobs", the folder of a job, or its target file.

Options:
      --skip-marking   end at once, without marking unread sectors
      --json           print events as JSON, one a line, for other programs
  -h, --help           this page

Exit codes:
  0  it has stopped, or ended by itself      1  it died      2  not understood      3  it is not running
`;

/** What `lifeboat help verify` prints. */
export const VERIFY_HELP = `lifeboat verify JOB [options]

Reads the target of a rescue once more, past the cache of the system, and compares it with checksums that were taken
while the source was read. The source is not needed. What differs is not called saved any more: "lifeboat resume JOB"
mends it. JOB is a name from "lifeboat jobs", the folder of a job, or its target file.

Options:
      --target PATH    where the target is now, if it cannot be found
      --json           print events as JSON, one a line, for other programs
  -h, --help           this page

Exit codes:
  0  all that is saved was compared, and is the same
  1  something differs      2  not understood      3  refused, or no checksums are there      5  stopped by you
  4  the same as far as it was compared, but of a part no checksums are known

Example:
  lifeboat verify windows.img
`;
