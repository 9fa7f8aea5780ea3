/** What `lifeboat help ls` prints. */
export const LS_HELP = `lifeboat ls SOURCE [PATH] [options]

Lists a folder of an NTFS volume, or one file, without mounting it. SOURCE is a partition, an image, or a clone that may
still have gaps; it is only read. Damaged entries are marked with "!".

Options:
  -m, --map FILE       the map of a clone: what it does not call finished counts as missing.
                       Default: SOURCE.map beside an image or clone, if it fits
  -p, --partition N    of a disk, its image or its copy: partition N. Default: the only one with an NTFS volume
      --from DEVICE    SOURCE is a file in the volume on that drive, which is mounted read-only for that long
  -l, --long           attributes, record numbers and alternate streams too
  -R, --recursive      everything below as well, with paths from the root
  -a, --all            the files of NTFS itself too ($MFT and so on)
      --json           one JSON object a line, for other programs
  -h, --help           this page

Attributes: R read-only, H hidden, S system, A archive, C compressed, E encrypted, P sparse, L link or alike.
How much of a file is missing shows only with a map; on a disk, copying the file tells.

Exit codes:
  0  listed      1  failed      2  not understood      3  refused, or nothing of that name
  4  listed, and something of it is damaged            6  the source vanished

Examples:
  lifeboat ls /dev/sdb2
  lifeboat ls -l windows.img Users/Ada/Documents
  lifeboat ls disk.img --partition 2
`;

/** What `lifeboat help cp` prints. */
export const CP_HELP = `lifeboat cp SOURCE PATH... DESTINATION [options]

Copies files and folders out of an NTFS volume, without mounting it. SOURCE is a partition, an image, or a clone that
may still have gaps; it is only read. PATH is a path in the volume; / is all of it. DESTINATION is a folder, or the new
name of the one copy. What is missing of a file is filled, and named with its place.

Options:
  -m, --map FILE       the map of a clone: what it does not call finished counts as missing.
                       Default: SOURCE.map beside an image or clone, if it fits
  -p, --partition N    of a disk, its image or its copy: partition N. Default: the only one with an NTFS volume
      --from DEVICE    SOURCE is a file in the volume on that drive, which is mounted read-only for that long
      --on DEVICE      DESTINATION is a path in the volume on that drive, which is mounted for the copy alone
  -r, --recursive      copy folders with all that is in them
      --fill HOW       what missing sectors become: marker ("BadSectoR", then question marks; default) or zero
      --streams        write alternate streams too, as files with the name FILE%STREAM
  -f, --force          replace files that exist already
      --json           print what is done as JSON, one object a line, for other programs
  -h, --help           this page

Exit codes:
  0  all of it is copied, whole
  1  failed: the destination could not take it
  2  the command was not understood
  3  refused: not there, a folder without -r, existing files without --force, encrypted files
  4  copied, but some content is missing
  5  stopped by you
  6  the source vanished

Examples:
  lifeboat cp -r /dev/sdb2 Users/Ada/Documents /mnt/usb
  lifeboat cp -r windows.img / /mnt/usb/everything
`;
