#!/bin/bash
# Links objects and the needed members of static archives into one relocatable object whose symbols
# are local, except those the program under test may bind to (harness/runtime/export.h).
#
# Why: the harness runs inside a stranger's program. Were it linked as it is, the linker would
# merge equal templates of both, and the harness would run the program's instrumented
# std::vector<int>, raising callbacks out of itself, or the program would lose its instrumentation.
#
# usage: localise.sh OUTPUT LINKER_SCRIPT LD OBJCOPY OBJDUMP LIBSTDCXX INPUT...
# Beside OUTPUT stays OUTPUT.keep, the list of the symbols that remained global.
# Symbols are read by objdump: nm loads the plugins of all compilers first, which takes longer.
set -euo pipefail

output=$1 script=$2 ld=$3 objcopy=$4 objdump=$5 libstdcxx=$6
shift 6
merged=$output.merged.o
trap 'rm -f "$merged" "$output.symbols" "$output.unique" "$output.renamed"' EXIT

objects=() archives=()
for input in "$@"; do
  case $input in *.a) archives+=("$input") ;; *) objects+=("$input") ;; esac
done

fail() {
  echo "heddle: $1" >&2
  rm -f "$output"
  exit 1
}

# --force-group-allocation dissolves COMDAT groups; without it objcopy would make a member local
# that the final link then drops in favour of the program's copy. -d places common symbols.
"$ld" -r -d --force-group-allocation -T "$script" -o "$merged" \
  "${objects[@]}" --start-group "${archives[@]}" --end-group

# What stays global: functions in the section of HEDDLE_EXPORT, main, and the identities of locale
# facets, of which the process may have only one (use_facet compares them by address).
"$objdump" -t "$merged" > "$output.symbols"
awk '$2 !~ /^[gw!u]/ || / \*UND\*/ { next }
     / heddle_export\t/ && !/\.hidden/ && !/\.internal/ { print $NF }
     $NF == "main" || $NF ~ /^_Z(GV)?NSt[A-Za-z0-9_]*2idE$/ { print $NF }' "$output.symbols" |
  LC_ALL=C sort -u > "$output.keep"

# objcopy leaves GNU unique symbols (static members of templates in archives) global, and a program
# that uses the same template would then not link: weak ones it does localise.
awk '$2 ~ /^u/ { print $NF }' "$output.symbols" > "$output.unique"
[ ! -s "$output.unique" ] || "$objcopy" --weaken-symbols="$output.unique" "$merged"
[ -s "$output.keep" ] || fail "no function of these objects is marked HEDDLE_EXPORT"
# Without debug information: reports read the program's, and 30 MB of ours would only slow that down.
"$objcopy" --strip-debug --keep-global-symbols="$output.keep" "$merged" "$output"

# Functions of a library that is in here as well, for the program to bind to: they carry a prefix
# until our own copy is local, as the linker would take them for that (runtime/interceptors/absl.cc).
sed -n 's/^heddle_as\.\(.*\)/& \1/p' "$output.keep" > "$output.renamed"
[ ! -s "$output.renamed" ] || "$objcopy" --redefine-syms="$output.renamed" "$output"
sed -i 's/^heddle_as\.//' "$output.keep"

# The same trap from the other side: an undefined template of the standard library would bind to
# the program's instrumented copy. libstdc++ marks the code of its templates weak; operator new and
# delete are weak too, and meant to be replaced.
bound=$(comm -12 \
  <("$objdump" -t "$output" | awk '/ \*UND\*/ { print $NF }' | LC_ALL=C sort -u) \
  <("$objdump" -T "$libstdcxx" |
    awk '!/ \*UND\*/ && ($2 == "w" && $3 != "DO" || $2 == "u") { print $NF }' |
    LC_ALL=C sort -u) |
  grep -Ev '^_Z(n|d)[aw]' || true)
[ -z "$bound" ] || fail "these templates would bind to the program's copies: instantiate them in \
harness/cmake/library_templates.cc: $(echo "$bound" | tr '\n' ' ')"
