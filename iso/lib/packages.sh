# Debian packages, checked by apt against Debian's own keys, kept in $work/packages-SET as they came.

# The names in a list, without the comments.
names_in() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' "$1" | grep .; }

# What the set is made of, as words for apt: names, or names with versions where a manifest says which.
wanted_of() {
  if [ -z "$manifest_in" ]; then names_in "iso/packages-$1.list"
  else awk -v set="$1" '$1 == "package" && $2 == set { print $3 "=" $4 }' "$manifest_in"
  fi
}

# Where this machine gets its packages from: those of the image come from there too. LIFEBOAT_ISO_SITE and
# LIFEBOAT_ISO_SECURITY_SITE name other places, such as snapshots of the past, whose lists may be out of date.
package_sources() {
  local codename site security options=
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  site=${LIFEBOAT_ISO_SITE:-$(site_of "$codename")}
  security=${LIFEBOAT_ISO_SECURITY_SITE:-$(site_of "$codename-security")}
  [ -n "$site" ] || fail 'apt does not say where packages come from; set LIFEBOAT_ISO_SITE'
  if [ -n "${LIFEBOAT_ISO_SITE:-}" ]; then options='[check-valid-until=no] '; fi
  echo "deb $options$site $suite main"
  if [ -n "$security" ]; then echo "deb $options$security $suite-security main"; fi
}

# A machine that has never asked its sites what they have, or has forgotten it, does not name them either.
learn_sites() {
  [ -n "${LIFEBOAT_ISO_SITE:-}" ] || apt-get indextargets 'Created-By: Packages' | grep -q . || apt-get -qq update
}

# The place that apt has a release of Debian from.
site_of() {
  apt-get indextargets --format '$(CODENAME) $(RELEASE) $(SITE)' 'Created-By: Packages' |
    awk -v wanted="$1" '$1 == wanted || $2 == wanted { print $3; exit }'
}

# Fetches all sets at once: it is mostly waited for what is far away.
fetch_sets() {
  local set fetching=()
  learn_sites || fail_to_fetch
  for set in $sets; do
    fetch_packages "$set" &
    fetching+=($!)
  done
  for set in "${fetching[@]}"; do wait "$set" || fail_to_fetch; done
}

# An exit code of its own: tests go on without the image where there is no way to its packages.
fail_to_fetch() {
  wait
  echo "iso: the packages of Debian ($suite) cannot be fetched; set LIFEBOAT_ISO_SITE to a place that has them" >&2
  exit $EXIT_NOT_FETCHED
}

# Fetches the packages of a set and of all they depend on, unless they are there already.
fetch_packages() {
  local set=$1 cache="$work/packages-$1" fetching="$work/fetching-$1" wanted
  wanted=$(wanted_of "$set")
  if [ "$(cat "$cache/complete" 2> /dev/null)" = "$wanted" ]; then return; fi
  if [ -n "$manifest_in" ] && fits_manifest "$set"; then return; fi
  say "fetching the packages of the set \"$set\" ($suite)"
  rm -rf "$cache" "$fetching"
  # Fetched and laid out only: no script of theirs runs, so nothing depends on the machine that builds.
  package_sources | mmdebstrap --quiet --variant=extract --mode=root --architectures=amd64 \
    --aptopt='APT::Install-Recommends "false"' --skip=download/empty,essential/unlink,cleanup/apt \
    --include="$(paste -sd, - <<< "$wanted")" "$suite" "$fetching" -
  mkdir -p "$cache"
  mv "$fetching"/var/cache/apt/archives/*.deb "$cache/"
  rm -rf "$fetching"
  echo "$wanted" > "$cache/complete"
}

# Refuses packages that are not, byte for byte, those of the manifest.
check_packages() {
  [ -z "$manifest_in" ] || fits_manifest "$1" ||
    fail "the packages of the set \"$1\" are not those of $manifest_in: $(head -n 4 "$work/differences")"
}

fits_manifest() {
  [ -d "$work/packages-$1" ] &&
    diff <(manifest_of "$1") <(grep "^package $1 " "$manifest_in" | sort) > "$work/differences"
}

# Lays the contents of the packages into $work/SET, in the order of their names.
unpack_packages() {
  local set=$1 package link
  mkdir -p "$work/$set"/usr/{bin,sbin,lib,lib64}
  for link in bin sbin lib lib64; do ln -s "usr/$link" "$work/$set/$link"; done
  for package in "$work/packages-$set"/*.deb; do
    if [ "$set" = live ] && is_left_out "$package"; then continue; fi
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/$set" --keep-directory-symlink
  done
}

is_left_out() {
  local name=${1##*/}
  names_in iso/packages-not.list | grep -qx -- "${name%%_*}"
}
