#!/usr/bin/env bash
# Makes the image a second time, elsewhere, from its manifest and the same packages, and compares: the same bytes, or
# where they begin to differ. dist/lifeboat.iso must be there; `repro.sh IMAGE` takes another one.
set -euo pipefail
cd "$(dirname "$0")/.."
first=${1:-dist/lifeboat.iso}
work=dist/iso
[ -e "$first" ] || { echo "iso-repro: there is no $first; run: make iso" >&2; exit 1; }
second=$(mktemp -d "$PWD/dist/iso-repro.XXXXXX")
trap 'rm -rf "$second"' EXIT
mkdir "$second/work"
cp -a "$work"/packages-* "$second/work/"
# Another time of day, place, language and order of work, and no clock of the first build.
sleep 2
umask 077
env -u SOURCE_DATE_EPOCH TZ=Pacific/Auckland LC_ALL=C.UTF-8 taskset 1 \
  iso/build.sh --manifest "$first.manifest" --work "$second/work" --output "$second/lifeboat.iso"
if cmp "$first" "$second/lifeboat.iso"; then
  echo "iso-repro: both images are the same bytes: $(sha256sum < "$first" | cut -d' ' -f1)"
else
  echo 'iso-repro: the images differ; the parts that do:' >&2
  for part in root.squashfs initrd.img root.cpio efi.img data.img tree/boot/grub/bios.img; do
    cmp "$work/$part" "$second/work/$part" >&2 || true
  done
  exit 1
fi
