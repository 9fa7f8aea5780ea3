# What firmware starts: GRUB for BIOS, Debian's signed chain for UEFI, and the image that holds it all.

make_tree() {
  local kernel=$1 tree="$work/tree" boot="$work/boot"
  say 'making the boot files'
  mkdir -p "$tree"/{live,boot/grub,.disk,EFI/BOOT}
  cp "$boot/boot/vmlinuz-$kernel" "$tree/live/vmlinuz"
  cp "$work/initrd.img" "$work/root.cpio" "$tree/live/"
  cp "$boot"/boot/memtest86+{x64.bin,x64.efi,ia32.efi} "$tree/boot/"
  cp iso/boot/grub.cfg iso/boot/loopback.cfg "$tree/boot/grub/"
  # Enough for the menu, and there in an instant.
  cp "$boot/usr/share/grub/ascii.pf2" "$tree/boot/grub/font.pf2"
  # By this name GRUB knows the medium it came from among all others.
  image_id > "$tree/.disk/id"
  echo 'Lifeboat' > "$tree/.disk/info"
  touch "$tree/.disk/lifeboat-$(image_id)"
  # Ventoy leaves images alone that have such a file: there is nothing to be patched.
  echo 'Lifeboat is carried in memory and needs no help.' > "$tree/ventoy.dat"
  write_manifest > "$tree/manifest.txt"
  write_sources "$tree/manifest.txt" > "$tree/SOURCES.txt"
  gather_licences "$tree/LICENSES"
  make_bios_loader "$boot" "$tree"
  make_efi_partition "$boot" "$tree"
  (cd "$tree" && find . -type f ! -name SHA256SUMS ! -path ./boot/grub/bios.img | sort | xargs sha256sum > SHA256SUMS)
  same_dates "$tree"
}

# The same for the same contents, different for any other.
image_id() { cat "$work"/root.squashfs "$work"/initrd.img "$work"/boot/boot/vmlinuz-* | sha256sum | cut -c1-12; }

# The first lines that every GRUB of ours reads. The medium that it came from is the one it stands on: other disks are
# searched only if that is not so, because a dying disk that is looked into may hold up the start for minutes.
early_config() {
  local mark="/.disk/lifeboat-$(image_id)" choose
  choose="if [ -e \"(\$disk)$mark\" ]; then set root=\"\$disk\"; "
  choose+="elif [ ! -e \"(\$root)$mark\" ]; then search --no-floppy --file --set=root $mark; fi"
  # Built into a loader it is read by a GRUB that has no conditions yet; what is evaluated may have them.
  if [ "${1:-}" = built-in ]; then choose="eval '$choose'"; fi
  cat <<EARLY
regexp --set=1:disk '^([a-z]+[0-9]*)' "\$root"
$choose
set prefix=(\$root)/boot/grub
EARLY
}

make_bios_loader() {
  local boot=$1 tree=$2
  early_config built-in > "$work/early.cfg"
  tool grub-mkimage --format=i386-pc-eltorito --output="$tree/boot/grub/bios.img" --config="$work/early.cfg" \
    --prefix=/boot/grub --directory="$boot/usr/lib/grub/i386-pc" \
    biosdisk iso9660 part_msdos part_gpt fat normal eval linux linux16 echo test search search_fs_file configfile \
    loopback all_video gfxterm font serial terminal play halt reboot ls cat regexp chain drivemap minicmd progress sleep true
}

# A small FAT file system with the loaders that UEFI starts; the rest is found by them on the medium.
make_efi_partition() {
  local boot=$1 tree=$2 esp="$work/efi" image="$work/efi.img"
  rm -rf "$esp" "$image"
  mkdir -p "$esp/EFI/BOOT" "$esp/boot/grub"
  cp "$boot/usr/lib/shim/shimx64.efi.signed" "$esp/EFI/BOOT/BOOTX64.EFI"
  cp "$boot/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed" "$esp/EFI/BOOT/grubx64.efi"
  # With it people whose firmware does not know the key can tell it.
  cp "$boot/usr/lib/shim/mmx64.efi.signed" "$esp/EFI/BOOT/mmx64.efi"
  cp "$boot/usr/lib/grub/i386-efi/monolithic/gcdia32.efi" "$esp/EFI/BOOT/BOOTIA32.EFI"
  # These loaders look for boot/grub/grub.cfg on the partition that they came from before they search disks.
  { early_config; echo 'configfile $prefix/grub.cfg'; } > "$esp/boot/grub/grub.cfg"
  same_dates "$esp"
  cp "$esp"/EFI/BOOT/* "$tree/EFI/BOOT/"
  truncate -s "${efi_mebibytes}M" "$image"
  tool mkfs.vfat -F 12 -n LIFEBOATEFI --invariant -i 4c424546 "$image" > /dev/null
  fill_fat "$esp" "$image"
}

# Kept things: visible in every Windows, found by its own serial.
make_data_partition() {
  local image="$work/data.img" content="$work/data" each
  rm -rf "$image" "$content"
  mkdir "$content"
  # Windows opens both with a double click, and likes its own ends of lines.
  for each in README options; do sed 's/$/\r/' "iso/boot/$each.txt" > "$content/$each.txt"; done
  same_dates "$content"
  truncate -s "${data_mebibytes}M" "$image"
  tool mkfs.vfat -F 16 -n LIFEBOAT --invariant -i 4c424f54 "$image" > /dev/null
  fill_fat "$content" "$image"
}

fill_fat() {
  local from=$1 image=$2 each
  (cd "$from" && find . -mindepth 1 -type d | sort) | while read -r each; do tool mmd -i "$image" "::$each"; done
  (cd "$from" && find . -type f | sort) | while read -r each; do
    tool mcopy -m -i "$image" "$from/$each" "::$each" < /dev/null
  done
}

make_image() {
  say 'making the image'
  make_data_partition
  mkdir -p "$(dirname "$output")"
  rm -f "$output"
  tool xorriso -no_rc -report_about WARNING -as mkisofs -quiet -r -J -joliet-long -iso-level 3 -V LIFEBOAT \
    -publisher 'VENTOY COMPATIBLE' -o "$output" \
    --grub2-mbr "$work/boot/usr/lib/grub/i386-pc/boot_hybrid.img" --mbr-force-bootable -partition_offset 16 \
    -c boot/boot.cat -b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
    -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot \
    -append_partition 2 0xef "$work/efi.img" -append_partition 3 0x0c "$work/data.img" -appended_part_as_gpt \
    "$work/tree" 2> "$work/xorriso.log" || fail "xorriso: $(cat "$work/xorriso.log")"
  "$node" scripts/name-partitions.ts "$output"
  (cd "$(dirname "$output")" && sha256sum "$(basename "$output")" > "$(basename "$output").sha256")
  # Beside the image too: who has lost the image may still want to make it again.
  cp "$work/tree/manifest.txt" "$output.manifest"
}
