/** What `lifeboat help mount` and `lifeboat help unmount` print. */
export const MOUNT_HELP = `lifeboat mount SOURCE FOLDER [options]
lifeboat unmount FOLDER

Shows the files of an NTFS volume in a folder, through ntfs-3g. SOURCE is a partition, the image of a volume, a clone,
or a disk (or the image of one) with --partition. It is mounted for reading only: nothing is written to it, no log is
replayed, and a volume that was not shut down, or on which Windows sleeps, does no harm. What a rescue has not saved of a
clone is told; lifeboat ls and lifeboat cp name the files. unmount ends it, and waits until the last of it is written:
then the disk may be pulled.

Options:
  -p, --partition N    of a disk or the image of one: its partition N
  -w, --writable       for writing too: a copy only, never a disk that any rescue reads from, nor a failing one
  -y, --yes            with --writable: without asking
  -f, --force          although it is mounted for writing elsewhere (for reading only), or only looks like a source
  -h, --help           this page

Exit codes:
  0  mounted, or unmounted       1  failed
  2  not understood              3  refused; something in the folder is in use
  4  mounted, and something of it is missing

Examples:
  lifeboat mount windows.img /mnt/windows
  lifeboat mount /dev/sdb --partition 2 /mnt/windows
  lifeboat unmount /mnt/windows
`;
