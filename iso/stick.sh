#!/usr/bin/env bash
# stick.sh IMAGE DEVICE: writes the live image to a stick, and reads it back. Refuses every disk that is in use, that is
# no removable or USB disk, or that is larger than a stick may be, unless LIFEBOAT_ANY_DISK=yes.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"
fail() { echo "stick: $*" >&2; exit 1; }

image=${1:-} device=${2:-}
[ -n "$device" ] || fail 'name the stick: make stick DEVICE=/dev/sdX (lsblk shows all disks)'
[ -f "$image" ] || fail "there is no $image; run: make iso"
[ -b "$device" ] || fail "$device is no block device"
name=$(basename "$(readlink -f "$device")")
at=/sys/class/block/$name
[ ! -e "$at/partition" ] || fail "$device is a partition; name the whole stick"
[ "$(cat "$at/ro")" = 0 ] || fail "$device is read-only: is there a switch on it?"

way=$(readlink -f "$at")
size=$(($(cat "$at/size") * 512))
if [ "${LIFEBOAT_ANY_DISK:-}" != yes ]; then
  case $way in
    */usb*|*/mmc*) ;;
    *) [ "$(cat "$at/removable")" = 1 ] || fail "$device is no stick: it is built in (LIFEBOAT_ANY_DISK=yes takes it all the same)" ;;
  esac
  [ "$size" -le 300000000000 ] || fail "$device has $((size / 1000000000)) GB: hardly a stick (LIFEBOAT_ANY_DISK=yes takes it all the same)"
fi
[ "$size" -ge "$(stat -c %s "$image")" ] || fail "$device is too small for the image"

# The disk itself and its partitions: mounted, swapped on, or held by LVM, RAID or encryption?
for part in "$at" "$at/$name"*; do
  [ -e "$part/dev" ] || continue
  numbers=$(cat "$part/dev")
  place=$(awk -v numbers="$numbers" '$3 == numbers { print $5; exit }' /proc/self/mountinfo)
  [ -z "$place" ] || fail "$device is in use: /dev/${part##*/} is mounted at $place"
  ! grep -q "^/dev/${part##*/} " /proc/swaps || fail "$device is in use as swap space"
  [ -z "$(ls "$part/holders" 2> /dev/null)" ] || fail "$device is in use by $(ls "$part/holders")"
done

model=$(cat "$at/device/model" 2> /dev/null | xargs || true)
echo "EVERYTHING on $device (${model:-no name}, $((size / 1000000)) MB) will be lost."
if [ "${LIFEBOAT_YES:-}" != "$name" ]; then
  read -r -p "Type $name to go on: " answer || answer=
  [ "$answer" = "$name" ] || fail 'nothing was written'
fi
bytes=$(stat -c %s "$image")
# Exclusive: nobody mounts it meanwhile.
dd if="$image" of="$device" bs=4M oflag=direct conv=fsync,notrunc iflag=fullblock status=progress ||
  dd if="$image" of="$device" bs=4M conv=fsync,notrunc iflag=fullblock status=progress
# What was left of an older table at the end would be taken for a damaged one.
sectors=$((size / 512))
if [ $((size - bytes)) -gt 65536 ]; then
  dd if=/dev/zero of="$device" bs=512 seek=$((sectors - 34)) count=34 conv=fsync,notrunc status=none
fi
blockdev --flushbufs "$device"
echo 'Reading it back ...'
if head -c "$bytes" "$device" | cmp - "$image"; then
  echo "The stick is ready. Switch the computer on with it in, and choose it in the boot menu."
else
  fail "what $device holds is not what was written: take another stick"
fi
