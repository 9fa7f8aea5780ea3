/** The page of `lifeboat map`. */
export const MAP_HELP = `lifeboat map FILE [options]

Shows what a map of a rescue (or one of GNU ddrescue) knows: how much is saved, bad and still to do, and where.

In the terminal:
  -w, --width N          columns of the picture (default: the terminal's)
      --colour WHEN      auto (default: on a terminal), always or never

To look at elsewhere:
      --html FILE        write a page for any browser, offline: zoom from the whole source down to sectors
      --svg FILE         write a picture
      --report FILE      with these: the report of "lifeboat rescue --report", to show whose the bad sectors were
  -f, --force            overwrite a file that is there

Compare and convert:
      --diff OTHER       list where two maps differ: position, bytes, status in FILE -> status in OTHER
      --list             list the numbers of bad sectors, one a line
      --from-list LIST   write a new map to FILE from such a list ("-": from standard input)
      --size BYTES       with --from-list: size of the source, such as 500107862016 or 64MiB
      --status S         statuses to list, status of the sectors in the list (default -): ? * / - +
      --others S         with --from-list: status of all other sectors (default ?)
  -b, --sector-size N    bytes of a sector in lists (default 512)
  -h, --help             this page
`;
