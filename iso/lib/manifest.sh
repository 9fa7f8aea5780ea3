# What is inside, to make the same image again, to fetch the sources, and to know what one has in hand.

write_manifest() {
  echo "lifeboat $("$program" --version | awk '{ print $NF }')"
  echo "commit $(git rev-parse HEAD 2> /dev/null || echo unknown)$(git diff --quiet HEAD 2> /dev/null || echo +changes)"
  echo "date $SOURCE_DATE_EPOCH"
  echo "suite $suite"
  echo "packing $packing"
  echo "executable $(sum_of "$program")"
  echo '# package SET NAME VERSION ARCHITECTURE SOURCE SOURCE-VERSION SHA256; nothing of the set "tools" is inside'
  for set in live boot tools; do manifest_of "$set"; done
  echo '# uses SOURCE VERSION; parts of other packages that were built into those of the sets "live" and "boot"'
  for set in live boot; do built_in "$set"; done | sort -u
}

built_in() {
  local package field
  for package in "$work/packages-$1"/*.deb; do
    for field in Built-Using Static-Built-Using; do dpkg-deb --field "$package" "$field"; done
  done | tr ',' '\n' | sed -n 's/^ *\([^ ]*\) *(= *\([^)]*\)).*/uses \1 \2/p'
}

manifest_of() {
  local set=$1 package
  for package in "$work/packages-$set"/*.deb; do
    if [ "$set" = live ] && is_left_out "$package"; then continue; fi
    echo "package $set" \
      "$(dpkg-deb --show --showformat='${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}' "$package")" \
      "$(sum_of "$package")"
  done | sort
}

sum_of() { sha256sum "$1" | cut -d' ' -f1; }

# Where the source of everything inside can be had, and the offer that the licences ask for. Reads a manifest.
write_sources() {
  cat iso/boot/SOURCES.txt
  echo "Debian \"$(word_of suite "$1")\", image of $(date -u -d "@$(word_of date "$1")" +%F), Lifeboat at commit $(word_of commit "$1")"
  echo
  sources_of "$1" | awk '{ printf "%-40s %s\n", $1, $2 }'
}

word_of() { awk -v name="$1" '$1 == name { print $2; exit }' "$2"; }

# Source packages, each with its version: of what is inside, and of what was built into that.
sources_of() {
  awk '$1 == "package" && $2 != "tools" { print $6, $7 } $1 == "uses" { print $2, $3 }' "$1" | sort -u
}

# The licence of everything that is inside.
gather_licences() {
  local folder=$1 set file
  mkdir -p "$folder"
  cp LICENSE "$folder/lifeboat.txt"
  cp dist/THIRD-PARTY-LICENSES.txt "$folder/lifeboat-third-party.txt"
  for set in live boot; do
    for file in "$work/$set"/usr/share/doc/*/copyright; do
      cp "$file" "$folder/$(basename "$(dirname "$file")").txt"
    done
  done
  # Texts that the others refer to instead of repeating them.
  cp -L "$work"/live/usr/share/common-licenses/* "$folder/"
}
