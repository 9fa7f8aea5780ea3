# The first system in memory: it unpacks nothing and searches no disk, the live system lies beside it in memory.

# What a keyboard on USB hangs on. The live system has it too; these are for the shell that follows when there is none.
keyboard_drivers='drivers/usb/host/xhci-pci drivers/usb/host/xhci-pci-renesas drivers/usb/host/ehci-pci
  drivers/usb/host/ohci-pci drivers/usb/host/uhci-hcd drivers/hid/usbhid/usbhid drivers/hid/hid-generic'

make_initrd() {
  local kernel=$1 initrd="$work/initrd" modules="$work/live/usr/lib/modules/$1" module keyboards
  say 'making the first system'
  mkdir -p "$initrd"/{bin,dev,proc,sys,run,live,lib/modules}
  install -m 755 "$work/boot/usr/bin/busybox" "$initrd/bin/busybox"
  install -m 755 iso/init "$initrd/init"
  # In the order in which they are needed.
  for module in drivers/block/loop fs/squashfs/squashfs fs/overlayfs/overlay; do
    install -m 644 "$modules/kernel/$module.ko" "$initrd/lib/modules/"
  done
  # shellcheck disable=SC2086
  keyboards=$(loading_order "$modules/modules.dep" $keyboard_drivers)
  for module in $keyboards; do
    install -m 644 "$modules/$module" "$initrd/lib/modules/"
    basename "$module" >> "$initrd/lib/modules/keyboards"
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

# Prints modules and what they need, each after what it needs itself, as the file `modules.dep` has them.
loading_order() {
  local dependencies=$1
  shift
  awk -v wanted="$*" '
    { line = $0; sub(/:.*/, "", line); sub(/^[^:]*:/, ""); needs[line] = $0 }
    END {
      for (n = split(wanted, all, " "); ++i <= n;) {
        path = "kernel/" all[i] ".ko"
        if (!(path in needs)) { print "the kernel has no module " path > "/dev/stderr"; exit 1 }
        # The file has what is needed most at the end.
        for (j = split(needs[path], each, " "); j > 0; j--) if (!seen[each[j]]++) print each[j]
        if (!seen[path]++) print path
      }
    }' "$dependencies"
}

pack_cpio() {
  (cd "$1" && find . -mindepth 1 | sort | tool cpio --quiet --create --format=newc --reproducible --owner=0:0)
}
