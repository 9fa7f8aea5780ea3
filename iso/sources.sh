#!/usr/bin/env bash
# sources.sh MANIFEST FOLDER: fetches the source package of everything in a live image, exactly those of its manifest,
# checked by apt against Debian's own keys. Who gives the image away gives these along, or offers them. What the place
# that packages come from has no more, archives of the past have: LIFEBOAT_ISO_SITE, LIFEBOAT_ISO_SECURITY_SITE.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { echo "iso-sources: $*"; }
fail() { echo "iso-sources: $*" >&2; exit 1; }
manifest=${1:-dist/lifeboat.iso.manifest}
folder=$(realpath -m "${2:-dist/iso-sources}")
[ -r "$manifest" ] || fail "there is no $manifest; run: make iso"
suite=$(awk '$1 == "suite" { print $2 }' "$manifest")
# shellcheck source=/dev/null
. iso/lib/packages.sh
# shellcheck source=/dev/null
. iso/lib/manifest.sh

apt=$folder/.apt
mkdir -p "$apt"/{lists,cache}/partial
learn_sites
package_sources | sed 's/^deb /deb-src /' > "$apt/sources.list"
options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$apt/lists"
  -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root -qq)
apt-get "${options[@]}" update
missing=()
while read -r source version; do
  # What is there is checked, not fetched again.
  if ! (cd "$folder" && apt-get "${options[@]}" source --only-source --download-only "$source=$version" > /dev/null); then
    missing+=("$source=$version")
  fi
done < <(sources_of "$manifest")
rm -rf "$apt"
say "$(find "$folder" -name '*.dsc' | wc -l) source packages in $folder, $(du -sm "$folder" | cut -f1) MB"
[ ${#missing[@]} -eq 0 ] || fail "not to be had there any more: ${missing[*]}"
