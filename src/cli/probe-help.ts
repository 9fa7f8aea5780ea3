/** The page of `lifeboat probe`. */
export const PROBE_HELP = `lifeboat probe [simple|detailed] [DEVICE...] [options]

Shows the disks of this machine: how healthy they are, how they are divided, what is in each part, and whether it can
be saved from or saved to. Each disk is read once, a few hundred kilobytes, and never written. A disk that does not
answer holds up no other one. DEVICE limits it to these disks.

  simple, detailed     a table in the form of "fsarchiver probe" instead

Options:
      --json           print all that was found as JSON, for other programs
  -w, --wait SECONDS   how long to wait for disks that do not answer (default 15)
      --classic        the table as older versions of FSArchiver drew it
  -h, --help           this page

Exit codes:
  0  every disk was read
  2  the command was not understood
  3  refused: there is no such disk
  4  some disk did not answer, or could not be read

Examples:
  lifeboat probe
  lifeboat probe /dev/sdb --json
  lifeboat probe simple
`;
