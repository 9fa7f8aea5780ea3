# The live system: $work/root becomes $work/root.squashfs.

make_root() {
  local kernel=$1 program=$2 root="$work/root"
  say 'making the live system'
  prune_root "$root"
  make_fonts "$root"
  copy_modules "$kernel" "$root"
  install -D -m 755 "$program" "$root/usr/bin/lifeboat"
  ln -s lifeboat "$root/usr/bin/lifeboat-ntfsclone"
  cp -a --no-preserve=ownership overlay/. "$root/"
  chmod 755 "$root"/usr/lib/lifeboat/*
  # By the size of its partitions the live system knows the stick without reading it.
  echo "efi_sectors=$((efi_mebibytes * 2048)) data_sectors=$((data_mebibytes * 2048))" > "$root/usr/lib/lifeboat/image"
  link_busybox "$root"
  name_alternatives "$root"
  mkdir -p "$root"/{proc,sys,dev,run,tmp,root,mnt,media,etc,var/log}
  chmod 1777 "$root/tmp"
  ln -sfn /run/lock "$root/var/lock"
  ln -sfn /run "$root/var/run"
  ln -sfn /proc/self/mounts "$root/etc/mtab"
  chroot "$root" /usr/sbin/ldconfig
  rm -f "$root/var/cache/ldconfig/aux-cache"
  same_dates "$root"
  rm -f "$work/root.squashfs"
  mksquashfs "$root" "$work/root.squashfs" -comp xz -Xbcj x86 -b 1M -no-progress -quiet -all-root \
    -no-exports -no-xattrs
}

# What only helps people who build things, or speak to a package manager. Copyright files stay.
prune_root() {
  local root=$1
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  find "$root/usr/share/doc" -type l -delete
  find "$root/usr/share/doc" -type d -empty -delete
  rm -rf "$root"/usr/share/{man,info,locale,lintian,bug,pixmaps,applications,icons,X11,bash-completion,zsh,gdb,perl5} \
    "$root"/usr/share/{polkit-1,doc-base,linda,menu,initramfs-tools,systemd,dbus-1,consoletrans,i18n,unimaps} \
    "$root"/usr/lib/systemd "$root"/usr/share/fish "$root"/etc/{init.d,cron.*,dpkg,apt,systemd,logrotate.d} \
    "$root"/usr/lib/udev "$root"/etc/console-setup "$root"/var/cache/debconf "$root"/usr/share/debconf \
    "$root"/usr/include "$root"/usr/lib/x86_64-linux-gnu/{perl*,gconv,systemd} "$root"/usr/bin/perl* \
    "$root"/var/lib/{dpkg,apt} "$root"/usr/share/keymaps/{mac,sun,amiga,atari}
}

# No font of Debian has letters, blocks and Braille dots: ours are made of one of theirs.
make_fonts() {
  local root=$1 fonts="$1/usr/share/consolefonts" made="$work/fonts" font
  mkdir -p "$made"
  for font in Terminus16=8x16 TerminusBold24x12=12x24 TerminusBold32x16=16x32; do
    "$node" scripts/console-font.ts "$fonts/Lat15-${font%=*}.psf.gz" "$made/lifeboat-${font#*=}.psf"
  done
  rm -rf "$fonts"
  mkdir "$fonts"
  install -m 644 "$made"/*.psf "$fonts/"
}

# Copies the modules that are wanted, and what they need.
copy_modules() {
  local kernel=$1 root=$2 from="$work/boot/usr/lib/modules/$1" wanted module
  wanted=$(mktemp)
  (
    cd "$from/kernel"
    patterns() { sed -e 's/#.*//' "$OLDPWD/$1" | grep .; }
    cd - > /dev/null
    find "$from/kernel" -name '*.ko*' -printf '%P\n' | sort > "$wanted.all"
    sed -e 's/#.*//' iso/modules.list | grep . | while read -r pattern; do
      while read -r module; do
        # shellcheck disable=SC2254
        case $module in $pattern) echo "$module" ;; esac
      done < "$wanted.all"
    done | sort -u | while read -r module; do
      keep=yes
      while read -r pattern; do
        # shellcheck disable=SC2254
        case $module in $pattern) keep=no ;; esac
      done < <(sed -e 's/#.*//' iso/modules-never.list | grep .)
      if [ $keep = yes ]; then echo "$module"; fi
    done > "$wanted"
  )
  chroot "$work/boot" /usr/sbin/depmod "$kernel"
  with_dependencies "$from/modules.dep" < "$wanted" | while read -r module; do
    install -D -m 644 "$from/$module" "$root/usr/lib/modules/$kernel/$module"
    # Packed once, by the file system, is smaller than packed twice.
    case $module in *.xz) xz -d "$root/usr/lib/modules/$kernel/$module" ;; esac
  done
  rm -f "$wanted" "$wanted.all"
  cp "$from"/modules.{builtin,builtin.modinfo,order} "$root/usr/lib/modules/$kernel/"
  chroot "$root" /usr/sbin/depmod "$kernel"
}

# Reads module paths below kernel/, prints them below the kernel's own folder with all that they need.
with_dependencies() {
  awk -v dep="$1" '
    BEGIN { while ((getline line < dep) > 0) { split(line, part, ":"); needs[part[1]] = part[2] } }
    { path = "kernel/" $0; print path; n = split(needs[path], all, " "); for (i = 1; i <= n; i++) print all[i] }
  ' | sort -u
}

# Every tool of busybox that no package has brought.
link_busybox() {
  local root=$1 tool
  for tool in $(chroot "$root" /usr/bin/busybox --list); do
    if [ ! -e "$root/usr/bin/$tool" ] && [ ! -e "$root/usr/sbin/$tool" ]; then
      ln -s busybox "$root/usr/bin/$tool"
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
  ln -sf less "$root/usr/bin/pager"
}

same_dates() { find "$1" -depth -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }
