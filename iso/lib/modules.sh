# Kernel modules of the live system: those of iso/modules.list without those of iso/modules-never.list, and what they
# need. The file system packs them: packed twice they would be larger.

copy_modules() {
  local kernel=$1 from="$work/boot/usr/lib/modules/$1" to="$work/live/usr/lib/modules/$1" all="$work/modules"
  find "$from/kernel" -name '*.ko*' -printf '%P\n' | sort > "$all"
  tool depmod -b "$work/boot" "$kernel"
  chosen_modules "$all" "$from/modules.builtin" | with_dependencies "$from/modules.dep" > "$all.wanted"
  mkdir -p "$to"
  tar -c -C "$from" -T "$all.wanted" | tar -x -C "$to"
  find "$to" -name '*.ko.xz' -exec xz -d -T1 {} +
  cp "$from"/modules.{builtin,builtin.modinfo,order} "$to/"
  tool depmod -b "$work/live" "$kernel"
}

# Prints paths below kernel/. A pattern that finds nothing is a mistake, or a driver that has moved.
chosen_modules() {
  local all=$1 builtin=$2 pattern
  expressions iso/modules.list | while read -r pattern; do
    grep -q -- "$pattern" "$all" || sed 's,^kernel/,,' "$builtin" | grep -q -- "$pattern" ||
      fail "iso/modules.list: the kernel has no module like $pattern"
  done
  grep -f <(expressions iso/modules.list) "$all" | grep -v -f <(expressions iso/modules-never.list)
}

# The patterns of a list as expressions for grep.
expressions() { names_in "$1" | sed -e 's/[.]/\\&/g' -e 's/[*]/.*/g' -e 's/^/^/' -e 's/$/$/'; }

# Reads module paths below kernel/, prints them below the kernel's own folder with all that they need.
with_dependencies() {
  awk -v dep="$1" '
    BEGIN { while ((getline line < dep) > 0) { split(line, part, ":"); needs[part[1]] = part[2] } }
    { path = "kernel/" $0; print path; n = split(needs[path], all, " "); for (i = 1; i <= n; i++) print all[i] }
  ' | sort -u
}
