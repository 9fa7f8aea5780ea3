# The live system: $work/live becomes $work/root.squashfs.

make_live() {
  local kernel=$1 root="$work/live"
  say 'making the live system'
  prune_live "$root"
  make_fonts "$root"
  copy_modules "$kernel"
  install -D -m 755 "$program" "$root/usr/bin/lifeboat"
  ln -s lifeboat "$root/usr/bin/lifeboat-ntfsclone"
  lay_over overlay "$root"
  # By the size of its partitions the live system knows the stick without reading it.
  echo "efi_sectors=$((efi_mebibytes * 2048)) data_sectors=$((data_mebibytes * 2048))" > "$root/usr/lib/lifeboat/image"
  link_busybox "$root"
  name_alternatives "$root"
  mkdir -p "$root"/{proc,sys,dev,run,tmp,root,mnt,media,etc,var/log}
  chmod 1777 "$root/tmp"
  ln -sfn /run/lock "$root/var/lock"
  ln -sfn /run "$root/var/run"
  ln -sfn /proc/self/mounts "$root/etc/mtab"
  "$root/usr/sbin/ldconfig" -r "$root"
  rm -f "$root/var/cache/ldconfig/aux-cache"
  check_libraries "$root"
  same_dates "$root"
  rm -f "$work/root.squashfs"
  # shellcheck disable=SC2086
  tool mksquashfs "$root" "$work/root.squashfs" $(squashfs_packing) -no-progress -quiet -all-root -no-exports -no-xattrs
}

# Lays files over the live system. Their modes are those that git knows: a checkout has others by its umask.
lay_over() {
  local from=$1 to=$2 copy="$work/overlay"
  rm -rf "$copy"
  cp -a --no-preserve=ownership "$from" "$copy"
  chmod -R u=rwX,go=rX "$copy"
  cp -a "$copy/." "$to/"
  rm -rf "$copy"
}

# The smallest for people; for tests one that is made in seconds.
squashfs_packing() {
  case $packing in
    small) echo '-comp xz -Xbcj x86 -b 1M' ;;
    quick) echo '-comp zstd -Xcompression-level 3 -b 128K' ;;
  esac
}

# What only helps people who build things, speak to a package manager or run services. Copyright files stay.
prune_live() {
  local root=$1
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  find "$root/usr/share/doc" -type l -delete
  find "$root/usr/share/doc" -type d -empty -delete
  mkdir "$root/kept"
  (cd "$root/etc" && mv mke2fs.conf nanorc vim ssh/ssh_config "$root/kept/")
  (cd "$root" && rm -rf etc usr/include usr/games usr/src usr/local usr/libexec usr/lib/{systemd,udev,openssh,tmpfiles.d,sysctl.d,pcrlock.d} \
    usr/lib/{environment.d,kernel,lsb,modules-load.d,pam.d,sysusers.d,binfmt.d,init} var/cache var/lib/{dpkg,apt,pam,systemd} \
    usr/share/{applications,apport,base-files,base-passwd,bash-completion,bug,consoletrans,dbus-1,debconf,debianutils,dict} \
    usr/share/{doc-base,fish,gcc,gdb,i18n,icons,info,initramfs-tools,keyrings,lintian,locale,man,menu,metainfo,misc,nvme-cli} \
    usr/share/{pam,pam-configs,perl5,pixmaps,pkgconfig,polkit-1,python3,runit,sensible-utils,systemd,tabset,unimaps,vulkan,X11,zsh} \
    usr/share/keymaps/{mac,sun,amiga,atari} usr/lib/x86_64-linux-gnu/{gconv,perl-base,systemd,security} \
    usr/bin/{ssh-add,ssh-agent,ssh-argv0,ssh-copy-id,ssh-keyscan,ntfsdecrypt} usr/sbin/{smartd,runuser,sulogin,agetty,swapon,swapoff} \
    usr/bin/{btrfs-convert,btrfs-image,btrfs-map-logical,btrfs-select-super} usr/sbin/xfs_{protofile,scrub,scrub_all} \
    usr/bin/{su,systemd*,localedef,pzstd,nsenter,unshare,lastlog2,last,lastb,write.ul,zdump,iconv,getconf,pinky,who,users} \
    usr/lib/x86_64-linux-gnu/lib{mvec,BrokenLocale,nss_hesiod,nss_compat}.so.* usr/lib/x86_64-linux-gnu/audit)
  mkdir -p "$root/etc/ssh"
  mv "$root"/kept/{mke2fs.conf,nanorc,vim} "$root/etc/"
  mv "$root/kept/ssh_config" "$root/etc/ssh/"
  rmdir "$root/kept"
}

# No font of Debian has letters, blocks and Braille dots: ours are made of one of theirs.
make_fonts() {
  local fonts="$1/usr/share/consolefonts" made="$work/fonts" font
  rm -rf "$made"
  mkdir -p "$made"
  for font in Terminus16=8x16 TerminusBold24x12=12x24 TerminusBold32x16=16x32; do
    "$node" scripts/console-font.ts "$fonts/Lat15-${font%=*}.psf.gz" "$made/lifeboat-${font#*=}.psf"
  done
  rm -rf "$fonts"
  mkdir "$fonts"
  install -m 644 "$made"/*.psf "$fonts/"
}

# Every tool of busybox that no package has brought, but those that would use what is on disks as swap space.
link_busybox() {
  local root=$1 name
  for name in $("$root/usr/bin/busybox" --list | grep -v '^swap'); do
    if [ ! -e "$root/usr/bin/$name" ] && [ ! -e "$root/usr/sbin/$name" ]; then
      ln -s busybox "$root/usr/bin/$name"
    fi
  done
  ln -sf ../bin/busybox "$root/usr/sbin/init"
  ln -sfn bash "$root/usr/bin/sh"
}

# Names that maintainer scripts would have made.
name_alternatives() {
  local root=$1
  ln -sf vim.tiny "$root/usr/bin/vi"
  ln -sf vim.tiny "$root/usr/bin/vim"
  ln -sf nano "$root/usr/bin/editor"
  ln -sf less "$root/usr/bin/pager"
}

# Every program of the live system finds its libraries in it: what was left out was left out rightly.
check_libraries() {
  local root=$1 loader="$1/usr/lib64/ld-linux-x86-64.so.2" libraries="$1/usr/lib/x86_64-linux-gnu" missing
  # busybox and ldconfig need none, and the loader is none.
  missing=$(find "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" -type f ! -name '*.ko' ! -path '*/lifeboat/*' \
    ! -name busybox ! -name ldconfig ! -name 'ld-linux*' |
    while read -r file; do
      if [ "$(head -c 4 "$file" | tail -c 3 | tr -d '\0')" != ELF ]; then continue; fi
      "$loader" --library-path "$libraries" --list "$file" 2> /dev/null |
        awk -v file="${file#"$root"}" '/not found/ { print file " lacks " $1 }'
    done)
  [ -z "$missing" ] || fail "programs of the live system lack libraries: $missing"
}
