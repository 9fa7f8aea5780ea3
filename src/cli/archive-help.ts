/** What `lifeboat help archive` prints. */
export const ARCHIVE_HELP = `lifeboat archive save ARCHIVE SOURCE... [options]
lifeboat archive restore ARCHIVE [ID=]TARGET... [options]
lifeboat archive compare ARCHIVE|SIDEFILE|VOLUME VOLUME [options]
lifeboat archive list ARCHIVE [PATTERN...] [options]
lifeboat archive info ARCHIVE [--json]
lifeboat archive verify ARCHIVE [--mend] [--json]

Saves the files of healthy file systems to an archive of FSArchiver (.fsa), and makes file systems of it again, on smaller or
larger partitions too. What FSArchiver cannot keep of NTFS (alternate streams, compression, system-compressed and cloud
files, junctions, EFS, the loader of Windows and more) goes into a side file beside the archive (ARCHIVE.side) and is
put back. For a dying disk use lifeboat rescue first, and save the copy.

  save      sources are only read: through a read-only device, and never mounted where anybody sees it. ARCHIVE is
            new. hiberfil.sys, pagefile.sys and swapfile.sys are left out
  restore   each target, a partition, is erased, once the whole archive was looked through. Where the archive holds
            several file systems, their numbers say what goes where: 0=/dev/sdc1 1=/dev/sdc2
  compare   object by object: names, contents, attributes, times, streams. Done after each restore as well
  list      what is in an archive; PATTERN is a path with wildcards, such as "Users/*/Documents" or "**/*.docx"
  info      what an archive says of itself, its file systems and its side file
  verify    read all of it and compare every checksum; no password is needed

Options of save:
      --level N           of zstd compression, 1 to 22 (default 8)
      --threads N         compress with so many (default: all processors); restore has it too
      --split SIZE        make files of at most this size, such as 4GiB: x.fsa, x.f01, x.f02
      --label TEXT        a label for the archive
      --exclude PATTERN   leave out what fits (repeatable): a name, or a path from the root beginning with /;
                          * stands for any signs, / among them
      --encrypt           ask for a password, and encrypt the contents. Names of files stay readable
      --on DRIVE          ARCHIVE is a path in DRIVE, which is mounted for the save alone: --on /dev/sdc1
      --password-file F   the password is the first line of F (- for standard input); encrypts, too. restore and
                          compare have it as well

Options of restore:
      --check             compare the checksums of all contents before anything is erased
      --no-compare        do not compare at the end
      --without-side-file restore what FSArchiver alone can
  -y, --yes               overwrite a target that is not empty, without asking

Options of compare and list:
      --fs ID             the number of the file system in the archive
      --no-contents       compare all but the contents

Options of verify:
      --mend              make harmless the headers of files that FSArchiver could not read: 4 bytes each

Options of restore, list, info and verify:
      --from DRIVE        ARCHIVE is a path in DRIVE, which is mounted read-only for that

Options of all:
  -f, --force             go on in spite of warnings that can be passed: a volume that Windows has not let go of
                          (dirty, hibernated, fast start), too little room by estimate, damaged contents
      --json              print events and results as JSON, one a line
  -q, --quiet             no progress
  -h, --help              this page

Exit codes:
  0  done, and nothing is lost or different      1  failed; of verify: the archive is damaged      2  not understood
  3  refused before anything was touched      4  done, but not all of it: what is named could not be read, could not be
     restored, or is different      5  stopped by you      6  the source vanished

Examples:
  lifeboat archive save windows.fsa /dev/sda1 /dev/sda2
  lifeboat archive restore windows.fsa 0=/dev/sdb1 1=/dev/sdb2
  lifeboat archive compare /dev/sda2 /dev/sdb2
`;
