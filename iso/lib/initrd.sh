# The first system in memory: it unpacks nothing and searches no disk, the live system lies beside it in memory.

make_initrd() {
  local kernel=$1 initrd="$work/initrd" module
  say 'making the first system'
  mkdir -p "$initrd"/{bin,dev,proc,sys,run,live,lib/modules}
  install -m 755 "$work/boot/usr/bin/busybox" "$initrd/bin/busybox"
  install -m 755 iso/init "$initrd/init"
  # In the order in which they are needed.
  for module in drivers/block/loop fs/squashfs/squashfs fs/overlayfs/overlay; do
    install -m 644 "$work/live/usr/lib/modules/$kernel/kernel/$module.ko" "$initrd/lib/modules/"
  done
  sum_of "$work/root.squashfs" > "$initrd/live.sha256"
  same_dates "$initrd"
  pack_cpio "$initrd" | tool zstd -19 -q > "$work/initrd.img"
  mkdir -p "$work/carried/live"
  ln -f "$work/root.squashfs" "$work/carried/live/root.squashfs"
  same_dates "$work/carried"
  # Packed already: a second time would only make the boot longer.
  pack_cpio "$work/carried" > "$work/root.cpio"
}

pack_cpio() {
  (cd "$1" && find . -mindepth 1 | sort | tool cpio --quiet --create --format=newc --reproducible --owner=0:0)
}
