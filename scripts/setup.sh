#!/usr/bin/env bash
# Installs what building, testing, the demo and the bench need, on Debian 12 and its like. Says what it does; does
# nothing when all of it is there. Needs root or sudo only when a Debian package is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/sbin:/sbin"

# program:package, a program that proves that the package is there. What building and the demo need:
needs=(
  make:make
  strip:binutils          # the executable without its symbols
  mkntfs:ntfs-3g          # makes and mounts volumes; ntfsclone, the measure of all things
  ntfs-3g:ntfs-3g
  setfattr:attr           # compressed files and junctions on volumes
  nbdfuse:libnbd-bin      # from our server of failing disks to a file,
  fusermount3:fuse3
  losetup:mount           # and from there to a block device
  smartctl:smartmontools  # health of disks
)

# What tests and races need besides.
test_needs=(
  ddrescue:gddrescue      # maps are exchanged with it
  partclone.ntfs:partclone
  ddru_ntfsbitmap:ddrutility
  pgrep:procps
  mkfs.vfat:dosfstools
  mkfs.exfat:exfatprogs   # a stick, where the kernel of the machine does not know FAT
  mount.exfat-fuse:exfat-fuse
  mkfs.ext4:e2fsprogs
  fsarchiver:fsarchiver   # its tables are the measure of ours
  mkfs.xfs:xfsprogs       # from here on: contents that the prober shall recognise
  mkfs.btrfs:btrfs-progs
  mkfs.f2fs:f2fs-tools
  mkfs.jfs:jfsutils
  mkreiserfs:reiserfsprogs
  cryptsetup:cryptsetup-bin
  pvcreate:lvm2
  genisoimage:genisoimage
  sfdisk:fdisk            # partition tables, made and judged
  sgdisk:gdisk
  mcopy:mtools            # and what is on them
  hivexget:libhivex-bin   # registry hives, made and judged
  reged:chntpw
  nasm:nasm               # boot code for tests
  tmux:tmux               # drives terminals
  chromium:chromium       # looks at a map as a page
  zstd:zstd               # the judge of compressed images
  xz:xz-utils
  unzip:unzip
  qemu-system-x86_64:qemu-system-x86  # a machine whose power is cut
  busybox:busybox-static
)

# What only the live image needs, or only virtual machines: named by the targets of make that use them.
iso_needs=(
  mmdebstrap:mmdebstrap   # all other tools come from the packages that it fetches
)
machine_needs=(
  qemu-system-x86_64:qemu-system-x86
  qemu-img:qemu-utils
)
for what in "$@"; do
  case $what in
    test) needs+=("${test_needs[@]}") ;;
    iso) needs+=("${iso_needs[@]}") ;;
    machine) needs+=("${machine_needs[@]}") ;;
    *) echo "setup: there is no \"$what\"; there are: test, iso, machine" >&2; exit 2 ;;
  esac
done

missing=()
case " $* " in *' test '*) [ -e /usr/lib/syslinux/mbr/mbr.bin ] || missing+=(syslinux-common) ;; esac
case " $* " in
  *' machine '*)
    [ -e /usr/share/OVMF/OVMF_CODE_4M.ms.fd ] || missing+=(ovmf)
    [ -e /usr/share/OVMF/OVMF32_CODE_4M.secboot.fd ] || missing+=(ovmf-ia32)
    ;;
esac
for need in "${needs[@]}"; do
  command -v "${need%%:*}" > /dev/null || missing+=("${need##*:}")
done

if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get > /dev/null; then
    echo "setup: please install what these Debian packages hold: ${missing[*]}" >&2
    exit 1
  fi
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
      echo "setup: needs root or sudo to install: ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "setup: installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

# The lock file that node_modules was made from is kept in it: what was checked out when says nothing.
if ! cmp -s package-lock.json node_modules/.made-from.json; then
  echo "setup: installing npm packages as in package-lock.json (npm ci --ignore-scripts)"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.made-from.json
fi
