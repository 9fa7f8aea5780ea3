/** What `lifeboat help clone` prints. */
export const CLONE_HELP = `lifeboat clone SOURCE TARGET [options]

Copies the used clusters of a healthy NTFS volume to a file or a device, each in its place: the copy can be mounted like
the volume. SOURCE is a partition or an image; it is only read. TARGET is a new file, a disk or partition at least as
large, or - for standard output. For a dying disk use lifeboat rescue: it can be stopped and gone on with.

Options:
      --rescue         go on after read errors; lost sectors are marked and their files named
      --ignore-check   with --rescue: go on although files and $Bitmap do not agree
      --new-serial     give the copy a new serial number
      --adjust-sector-size  fit the boot sector to the sectors of the target device
  -y, --yes            overwrite a target that is not empty, without asking
  -f, --force          go on although the volume asks for a check
      --keep-timeouts  leave the time-outs of the kernel and the drive alone; else those of SOURCE are lowered
  -q, --quiet          no progress
      --json           print events as JSON, one a line
  -h, --help           this page

Exit codes:
  0  everything is copied      1  failed: the target is incomplete      2  not understood
  3  refused before anything was touched      4  finished, but some sectors could not be read
  5  stopped by you: the target is incomplete      6  the source vanished

Examples:
  lifeboat clone /dev/sdb2 windows.img
  lifeboat clone /dev/sdb2 /dev/sdc1
`;

/** What `lifeboat help image` prints. */
export const IMAGE_HELP = `lifeboat image save SOURCE IMAGE [options]
lifeboat image restore IMAGE TARGET [options]
lifeboat image verify IMAGE
lifeboat image info IMAGE
lifeboat image convert IMAGE IMAGE [options]

Saves the used clusters of a healthy NTFS volume to one file, compressed and with checksums, and makes a volume of it
again. lifeboat ls and cp find files in it. A save that was interrupted goes on with the same command. Expanded (zstd
-dc) it is ntfsclone's special image. - stands for standard input or output. Images of ntfsclone are read, too.

  save      SOURCE is a partition or an image file of one; it is only read. IMAGE is a new file, or -
  restore   TARGET is a new file, or a disk or partition at least as large as the volume was, or -
  verify    compare every byte with a checksum, and name what is damaged and the files that are hit
  info      what the image says of itself and its volume
  convert   give an image the other form; what is in it stays the same

Options:
      --on DEVICE      save, convert, restore to a file: what is written is a path in the volume on that drive (NTFS,
                       exFAT, FAT, ext4), which is mounted for that time alone
      --from DEVICE    IMAGE is a path in the volume on that drive, which is mounted read-only
  -l, --level N        save, convert: from 1 (fast) to 19 (small); default 3
      --plain          save, convert: ntfsclone's own format, without compression and checksums
      --rescue         save: go on after read errors; lost sectors are marked and their files named
                       restore, convert: go on after damaged places of the image, and mark what is lost
      --ignore-check   save, with --rescue: go on although files and $Bitmap do not agree
  -f, --force          save: go on although the volume asks for a check
      --keep-timeouts  save: leave the time-outs of the kernel and the drive alone; else those of SOURCE are lowered
      --new-serial     restore: give the volume a new serial number
      --adjust-sector-size  restore: fit the boot sector to the sectors of the target device
  -y, --yes            overwrite what is there, without asking
  -q, --quiet          no progress
      --json           print events as JSON, one a line
  -h, --help           this page

Exit codes:
  0  done      1  failed: the output is incomplete, or the image is damaged      2  not understood
  3  refused before anything was touched      4  done, but some sectors are lost
  5  stopped by you      6  the source vanished      After 1, 5 and 6 the same save goes on.

Examples:
  lifeboat image save /dev/sdb2 windows.ntfsimg.zst
  lifeboat cp windows.ntfsimg.zst Users/Ada/thesis.doc .
  zstd -dc windows.ntfsimg.zst | ntfsclone --restore-image --overwrite /dev/sdc1 -
`;

/** What `lifeboat help ntfsclone` prints. */
export const NTFSCLONE_HELP = `lifeboat ntfsclone [OPTIONS] SOURCE

The command line of ntfsclone: the same options, bytes, messages for other programs, and exit codes (0 and 1). A link
named ntfsclone to this executable does the same.

Options:
  -o, --output FILE         write to FILE, which must not exist; - is standard output
  -O, --overwrite FILE      write to FILE or device, replacing what is there
  -s, --save-image          write the special image format
  -r, --restore-image       SOURCE is a special image; - is standard input
      --rescue              go on after read errors, mark the lost sectors, and name their files
  -m, --metadata            copy the file system's structures only, without data
  -n, --no-action           with -r: read the image and write nothing
      --ignore-fs-check     with --rescue or -m: go on although files and $Bitmap do not agree
      --new-serial          give the copy a new serial number
      --new-half-serial     give it a new upper half of the serial number
      --adjust-sector-size  fit the boot sector to the sectors of the output device
  -t, --preserve-timestamps with -m: keep the times
      --full-logfile        with -m: keep the whole log
  -q, --quiet               no progress
  -f, --force               go on although the volume asks for a check
  -h, --help                the options, on standard error
  -V, --version             the version, on standard error

What differs from the original, and why: docs/ntfsclone.md. In short: an output that has to do with the source, is
mounted or too small is refused before anything is touched; failed writes always end with 1; sleeping volumes and
unclean logs are named; after --rescue the losses are counted and their files named.

Examples:
  lifeboat ntfsclone --save-image --output - /dev/sdb2 | gzip -c > backup.img.gz
  gunzip -c backup.img.gz | lifeboat ntfsclone --restore-image --overwrite /dev/sdb2 -
`;
