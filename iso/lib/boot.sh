# What firmware starts: GRUB for BIOS, Debian's signed chain for UEFI, and the image that holds it all.

make_tree() {
  local kernel=$1 tree="$work/tree" boot="$work/boot"
  say 'making the boot files'
  mkdir -p "$tree"/{live,boot/grub/i386-pc,.disk,EFI/BOOT}
  cp "$boot/boot/vmlinuz-$kernel" "$tree/live/vmlinuz"
  cp "$work/initrd.img" "$work/root.cpio" "$tree/live/"
  cp "$boot/boot/memtest86+x64.bin" "$boot/boot/memtest86+x64.efi" "$tree/boot/"
  cp iso/boot/grub.cfg iso/boot/loopback.cfg "$tree/boot/grub/"
  cp "$boot/usr/share/grub/unicode.pf2" "$tree/boot/grub/font.pf2"
  # By this name GRUB knows the medium it came from among all others.
  image_id > "$tree/.disk/id"
  echo 'Lifeboat' > "$tree/.disk/info"
  touch "$tree/.disk/lifeboat-$(image_id)"
  manifest > "$tree/manifest.txt"
  gather_licences "$tree/LICENSES"
  make_bios_loader "$boot" "$tree"
  make_efi_partition "$boot" "$tree"
  (cd "$tree" && find . -type f ! -name SHA256SUMS | sort | xargs sha256sum > SHA256SUMS)
  same_dates "$tree"
}

# The same for the same contents, different for any other.
image_id() { sha256sum "$work/root.squashfs" | cut -c1-12; }

gather_licences() {
  local folder=$1 package
  mkdir -p "$folder"
  cp LICENSE "$folder/lifeboat.txt"
  cp dist/THIRD-PARTY-LICENSES.txt "$folder/lifeboat-third-party.txt"
  for package in "$work"/{root,boot}/usr/share/doc/*/copyright; do
    cp "$package" "$folder/$(basename "$(dirname "$package")").txt"
  done
}

make_bios_loader() {
  local boot=$1 tree=$2
  grub_image "$boot" i386-pc-eltorito "$tree/boot/grub/bios.img" /boot/grub \
    biosdisk iso9660 part_msdos part_gpt normal linux linux16 echo test search search_fs_file configfile loopback \
    all_video gfxterm font serial terminal play halt reboot ls cat regexp chain minicmd
}

# Runs the packages' own grub-mkimage, so that tool and modules fit each other.
grub_image() {
  local boot=$1 format=$2 output=$3 prefix=$4 platform=${2%-eltorito}
  shift 4
  cat > "$boot/early.cfg" <<EARLY
search --no-floppy --file --set=root /.disk/lifeboat-$(image_id)
set prefix=(\$root)/boot/grub
EARLY
  chroot "$boot" /usr/bin/grub-mkimage --format="$format" --output=/loader --config=/early.cfg \
    --prefix="$prefix" --directory="/usr/lib/grub/$platform" "$@"
  mv "$boot/loader" "$output"
  rm "$boot/early.cfg"
}

# A small FAT file system with the loaders that UEFI starts; the rest is found by them on the medium.
make_efi_partition() {
  local boot=$1 tree=$2 esp="$work/efi" image="$work/efi.img"
  rm -rf "$esp"
  mkdir -p "$esp/EFI/BOOT" "$esp/EFI/debian" "$esp/boot/grub"
  cp "$boot/usr/lib/shim/shimx64.efi.signed" "$esp/EFI/BOOT/BOOTX64.EFI"
  cp "$boot/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed" "$esp/EFI/BOOT/grubx64.efi"
  cp "$boot/usr/lib/shim/mmx64.efi.signed" "$esp/EFI/BOOT/mmx64.efi"
  cp "$boot/usr/lib/grub/i386-efi/monolithic/gcdia32.efi" "$esp/EFI/BOOT/BOOTIA32.EFI"
  # The signed loader looks for .disk/info and then for boot/grub/grub.cfg beside it.
  cat > "$esp/boot/grub/grub.cfg" <<EARLY
search --no-floppy --file --set=root /.disk/lifeboat-$(image_id)
set prefix=(\$root)/boot/grub
configfile (\$root)/boot/grub/grub.cfg
EARLY
  cp "$esp/boot/grub/grub.cfg" "$esp/EFI/debian/grub.cfg"
  mkdir -p "$tree/boot/grub/x86_64-efi"
  same_dates "$esp"
  cp "$esp"/EFI/BOOT/* "$tree/EFI/BOOT/"
  rm -f "$image"
  truncate -s "${efi_mebibytes}M" "$image"
  mkfs.vfat -F 12 -n LIFEBOATEFI --invariant -i 4c424546 "$image" > /dev/null
  (cd "$esp" && find . -mindepth 1 -type d | sort | while read -r folder; do mmd -i "$image" "::$folder"; done
    find . -type f | sort | while read -r file; do mcopy -m -i "$image" "$file" "::$file"; done)
}

# Kept things: visible in every Windows, found by its own serial.
make_data_partition() {
  local image="$work/data.img" readme
  readme=$(mktemp)
  rm -f "$image"
  truncate -s "${data_mebibytes}M" "$image"
  mkfs.vfat -F 16 -n LIFEBOAT --invariant -i 4c424f54 "$image" > /dev/null
  cp iso/boot/README.txt "$readme"
  touch --date="@$SOURCE_DATE_EPOCH" "$readme"
  mcopy -m -i "$image" "$readme" ::README.txt
  rm "$readme"
}

make_image() {
  local output=$1
  say 'making the image'
  make_data_partition
  rm -f "$output"
  xorriso -as mkisofs -quiet -r -J -joliet-long -iso-level 3 -V LIFEBOAT -o "$output" \
    --grub2-mbr "$work/boot/usr/lib/grub/i386-pc/boot_hybrid.img" --mbr-force-bootable -partition_offset 16 \
    -c boot/boot.cat -b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
    -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot \
    -append_partition 2 0xef "$work/efi.img" -append_partition 3 0x0c "$work/data.img" -appended_part_as_gpt \
    "$work/tree"
  (cd "$(dirname "$output")" && sha256sum "$(basename "$output")" > "$(basename "$output").sha256")
}
