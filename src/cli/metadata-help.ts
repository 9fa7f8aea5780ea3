/** What `lifeboat help metadata` prints. */
export const METADATA_HELP = `lifeboat metadata SOURCE TARGET [options]

Copies the structures of an NTFS volume without what is in its files, for somebody who shall look into a problem: the
$MFT, folders, $Bitmap and so on. Contents of files are cleared before anything is written, and so are the times of files
and the records of deleted ones. Names of files and folders stay. SOURCE is a partition or an image; it is only read.
TARGET is a new file, in ntfsclone's image format, or - for standard output.

Options:
      --strict-privacy clear also what ntfsclone leaves: deleted names and other slack, extended attributes, targets of
                       links, object ids, label, serial number, boot code, the log
      --raw            write a volume that can be mounted, as long as the source, but almost all of it holes
      --keep-times     keep the times of files
      --full-log       keep the whole log: it may hold names and contents; not with --strict-privacy
      --rescue         go on after read errors, and mark the lost sectors
      --ignore-check   go on although files and $Bitmap do not agree
  -y, --yes            overwrite a target that is not empty, without asking
  -f, --force          go on although the volume asks for a check; allow a device as target
      --keep-timeouts  leave the time-outs of the kernel and the drive alone; else those of SOURCE are lowered
  -q, --quiet          no progress
      --json           print events as JSON, one a line
  -h, --help           this page

What exactly stays, and how to look before you send it: docs/metadata.md.

Exit codes:
  0  done      1  failed: the target is incomplete      2  not understood
  3  refused before anything was touched      4  finished, but some sectors could not be read
  5  stopped by you: the target is incomplete      6  the source vanished

Examples:
  lifeboat metadata --strict-privacy /dev/sdb2 problem.ntfsimg
  lifeboat metadata /dev/sdb2 - | zstd > problem.ntfsimg.zst
`;
