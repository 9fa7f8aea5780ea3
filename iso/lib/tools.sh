# Programs of the set "tools", run from where they were unpacked with their own libraries: so neither versions nor
# settings of the machine that builds have a say in what comes out.

tool() {
  local name=$1 at="$work/tools" program
  shift
  program="$at/usr/bin/$name"
  [ -e "$program" ] || program="$at/usr/sbin/$name"
  GCONV_PATH="$at/usr/lib/x86_64-linux-gnu/gconv" MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1 \
    "$at/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$name" \
    --library-path "$at/usr/lib/x86_64-linux-gnu" "$program" "$@"
}

# Every file, folder and link below a folder gets the date of the image.
same_dates() { find "$1" -depth -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }
