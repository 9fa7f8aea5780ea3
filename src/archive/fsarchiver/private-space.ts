/** Where FSArchiver mounts; written into the program (measured). */
export const MOUNTS = '/tmp/fsa';
/** Programs that stand before those of the system. */
const SHIMS = `${MOUNTS}/bin`;

/**
 * A shell script that makes a private space and runs FSArchiver in it: its mounts lie in memory and are seen by nobody
 * else, some device nodes lead to others, and programs of ours stand before those of the system. It takes pairs of
 * paths (what is bound over what), `--`, and the command. Descriptor 3 is open as long as somebody wants all this; when it
 * closes, FSArchiver is killed. Descriptor 7 is its standard error, for our own programs.
 */
const SCRIPT = `
mkdir -p ${MOUNTS} && mount -t tmpfs -o mode=0700 lifeboat ${MOUNTS} && mkdir ${SHIMS} || exit 125
printf '%s' "$LIFEBOAT_SHIM_NTFS_3G" > ${SHIMS}/ntfs-3g || exit 125
if [ -n "$LIFEBOAT_SHIM_MKFS" ]; then printf '%s' "$LIFEBOAT_SHIM_MKFS" > ${SHIMS}/mkfs.ntfs || exit 125; fi
chmod 0755 ${SHIMS}/*
while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 125; shift 2; done
shift
exec 4<&0 7>&2
export LIFEBOAT_PATH="$PATH:/usr/sbin:/sbin"
PATH="${SHIMS}:$LIFEBOAT_PATH"
"$@" <&4 3<&- 4<&- &
program=$!
{ read -r word <&3; kill -KILL $program; } > /dev/null 2>&1 4<&- 7>&- &
wait $program
exit $?
`;

/** The exit code of the script when the space could not be made. */
export const NO_SPACE_EXIT = 125;

/** FSArchiver keeps to itself why ntfs-3g would not mount; this lets it be heard. */
const NTFS_3G = `#!/bin/sh
PATH="$LIFEBOAT_PATH"
if [ "$1" = -h ]; then exec ntfs-3g -h; fi
exec ntfs-3g "$@" 2>&7
`;

/**
 * Makes the new file system in the place of FSArchiver's own call, which knows neither all cluster sizes nor the sector
 * size of the target, and puts the label through a shell. Everything comes by environment, so nothing is ever quoted.
 */
const MKFS = `#!/bin/sh
PATH="$LIFEBOAT_PATH"
if [ $# -eq 0 ]; then exit 1; fi
exec mkntfs --quick --force --sector-size "$LIFEBOAT_SECTOR" --cluster-size "$LIFEBOAT_CLUSTER" \\
  --partition-start "$LIFEBOAT_START" --heads 255 --sectors-per-track 63 --label "$LIFEBOAT_LABEL" \\
  "$LIFEBOAT_DEVICE" 2>&7
`;

/** How NTFS is made on a target. */
export interface NtfsForm {
  readonly device: string;
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  /** In sectors. */
  readonly partitionStart: number;
  readonly label: string;
}

/** The command and the environment that run `words` in a private space, for a child that has descriptor 3 as well. */
export function inPrivateSpace(
  words: readonly string[],
  binds: readonly (readonly [from: string, over: string])[],
  ntfs: NtfsForm | undefined,
): { readonly command: string; readonly args: string[]; readonly env: Record<string, string> } {
  // The space is also one of processes. When the script ends, the kernel ends all others in it, the drivers of mounts
  // among them. `unshare` outlives them and lets go of the mounts last: a driver that were the last to have its own mount
  // would wait for itself for ever when it dies, and with it everybody who calls sync (seen on 6.18).
  const args = ['--mount', '--propagation', 'private', '--pid', '--fork'];
  args.push('sh', '-c', SCRIPT, 'sh', ...binds.flat(), '--', ...words);
  return {
    command: 'unshare',
    args,
    env: {
      // Names of files are UTF-8 whatever the language of the user is.
      LC_ALL: 'C.UTF-8',
      LIFEBOAT_SHIM_NTFS_3G: NTFS_3G,
      LIFEBOAT_SHIM_MKFS: ntfs === undefined ? '' : MKFS,
      ...(ntfs && {
        LIFEBOAT_DEVICE: ntfs.device,
        LIFEBOAT_SECTOR: String(ntfs.sectorBytes),
        LIFEBOAT_CLUSTER: String(ntfs.clusterBytes),
        LIFEBOAT_START: String(ntfs.partitionStart),
        LIFEBOAT_LABEL: ntfs.label,
      }),
    },
  };
}
