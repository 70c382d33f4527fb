#!/bin/bash
# Links ThreadSanitizer's run time, as it comes with clang, into one object that can stand beside the
# localised one. Its code is left as it is; two things change.
#
# Names: the callbacks that compilers insert (__tsan_read4, …), annotations and guards of static locals
# are defined by both. The program binds to Heddle's, which make the access a scheduling point and
# then go on in the real one, `judge_` before its name. Functions of libc that both interpose are weak
# here, so that Heddle's win without more ado.
# Sections: see judge.ld.
#
# usage: judge.sh OUTPUT LINKER_SCRIPT LD OBJCOPY NM ARCHIVE
set -euo pipefail

output=$1 script=$2 ld=$3 objcopy=$4 nm=$5 archive=$6
merged=$output.merged.o
trap 'rm -f "$merged" "$output.names"' EXIT

"$ld" -r -d --force-group-allocation -T "$script" -o "$merged" --whole-archive "$archive"

# Of the weak ones the callbacks alone: the others are there to be defined (options, report hook).
"$nm" --defined-only --extern-only --format=posix "$merged" |
  awk '($2 == "T" && $1 ~ /^(__tsan_|Annotate|WTFAnnotate|__cxa_guard_)/) ||
       ($2 == "W" && $1 ~ /^__tsan_unaligned_/) { print $1, "judge_" $1 }' \
    > "$output.names"
if ! grep -q '^__tsan_read4 ' "$output.names"; then
  echo "heddle: $archive does not define __tsan_read4: is this ThreadSanitizer's run time?" >&2
  exit 1
fi
"$objcopy" --strip-debug --redefine-syms="$output.names" "$merged" "$output"
