# Debian packages, checked by apt against Debian's own keys, kept in $work/packages-NAME as they came.

# The names in a list, without the comments.
package_names() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' "$1" | grep . | paste -sd, -; }

# Where this machine gets its packages from: the live image's come from there too.
package_site() { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1; }

# Fetches the packages of a list and of all they depend on, unless they are there already.
fetch_packages() {
  local name=$1 list=$2 cache="$work/packages-$1"
  if [ -e "$cache/complete" ] && cmp -s "$list" "$cache/complete"; then return; fi
  say "fetching the packages of $list ($suite)"
  rm -rf "$cache" "$work/extract"
  # Extracted only: no maintainer script runs, so nothing depends on the machine that builds.
  mmdebstrap --quiet --variant=extract --mode=root --architectures=amd64 \
    --aptopt='APT::Install-Recommends "false"' --skip=download/empty,essential/unlink,cleanup/apt \
    --include="$(package_names "$list")" "$suite" "$work/extract" "$(package_site)"
  mkdir -p "$cache"
  mv "$work"/extract/var/cache/apt/archives/*.deb "$cache/"
  rm -rf "$work/extract"
  cp "$list" "$cache/complete"
}

# Lays the contents of the packages into $work/NAME, in the order of their names.
unpack_packages() {
  local name=$1 package
  mkdir -p "$work/$name"/usr/{bin,sbin,lib,lib64}
  for link in bin sbin lib lib64; do ln -s "usr/$link" "$work/$name/$link"; done
  for package in "$work/packages-$name"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/$name" --keep-directory-symlink
  done
}

# What is inside, to make the same image again: name, version, architecture and sum of every package.
manifest() {
  local package
  for package in "$work"/packages-{root,boot}/*.deb; do
    echo "$(dpkg-deb --show --showformat='${Package} ${Version} ${Architecture}' "$package")" \
      "$(sha256sum "$package" | cut -d' ' -f1)"
  done | sort -u
}
