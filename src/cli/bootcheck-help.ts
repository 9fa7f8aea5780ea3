/** What `lifeboat help bootcheck` prints. */
export const BOOTCHECK_HELP = `lifeboat bootcheck DEVICE [options]
lifeboat bootcheck DEVICE --fix ITEM... [options]
lifeboat bootcheck DEVICE --edit
lifeboat bootcheck undo FILE [DEVICE]

Tells whether Windows will boot from a disk, above all from a copy: partition table, boot sectors, loaders, boot.ini or
boot store, drive letters, UEFI. DEVICE is a disk, one of its partitions, or an image of a disk or of a volume. It is
only read, unless something is to be fixed: then one thing after the other, each shown with its bytes before and after,
and confirmed. A disk that any rescue reads from is never written to, nor one that is failing or in use.

Options:
      --explain ITEM   what an item is about, and what fixing it does
  -a, --all            list the items too that this disk does not use
      --json           the findings as JSON, for other programs
      --fix ITEM...    fix these, in the order that is right: M4, N2 (in all partitions), N2:1 (in one), or all
                       (all but what has to be asked for by its own name)
      --edit           open boot.ini in an editor ($VISUAL, $EDITOR, else nano), with the right numbers shown
  -n, --dry-run        show what would be written, and write nothing
      --undo-file FILE where it is kept what stood there before. Default: in the folder of the rescue that made the
                       copy, else in the current folder
      --donor DEVICE   take boot code from this volume, which Windows has formatted (for N7)
      --mbr-code FILE  take the code for the MBR from this file (for M2; default: that of syslinux)
      --mbr-from FILE  take the partition table from this copy of the first sector (for M1)
      --active N       make this primary partition the active one (for M4, where several could be)
  -y, --yes            write without asking
  -f, --force          as a fix: although the disk only looks like a source, or its rescue is not finished; as undo:
                       although something has changed since
  -h, --help           this page

Exit codes:
  0  nothing was found; or what was asked for is fixed
  1  failed: a write did not succeed, or an internal error
  2  not understood
  3  refused, nothing was changed
  4  something was found; or is not fixed
  5  stopped by you            6  the disk vanished

Examples:
  lifeboat bootcheck /dev/sdb
  lifeboat bootcheck /dev/sdb --fix M4 N2:1
  lifeboat bootcheck undo bootcheck-sdb-20260301T120000.undo
`;
