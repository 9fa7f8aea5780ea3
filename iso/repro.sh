#!/usr/bin/env bash
# Makes the image a second time in another folder, from the same packages, and compares: the same bytes, or where they
# begin to differ. dist/lifeboat.iso must be there.
set -euo pipefail
cd "$(dirname "$0")/.."
first=dist/lifeboat.iso
[ -e "$first" ] || { echo "iso-repro: there is no $first; run: make iso" >&2; exit 1; }
second=$(mktemp -d "$PWD/dist/iso-repro.XXXXXX")
trap 'rm -rf "$second"' EXIT
mkdir "$second/work"
cp -a dist/iso/packages-* "$second/work/"
# Another time of day, another order of files on disk, and no clock of the first build.
sleep 2
LIFEBOAT_ISO_WORK="$second/work" LIFEBOAT_ISO="$second/lifeboat.iso" iso/build.sh
if cmp "$first" "$second/lifeboat.iso"; then
  echo "iso-repro: both images are the same bytes: $(sha256sum < "$first" | cut -d' ' -f1)"
else
  echo 'iso-repro: the images differ; the first files that do:' >&2
  for part in root.squashfs initrd.img root.cpio efi.img data.img; do
    cmp "dist/iso/$part" "$second/work/$part" >&2 || true
  done
  exit 1
fi
