#!/bin/bash
# Links ThreadSanitizer's run time, as it comes with clang, into one object that can stand beside the
# localised one. Its code is left as it is; two things change.
#
# Names: the callbacks that compilers insert (__tsan_read4, …), annotations and guards of static locals
# are defined by both. The program binds to Heddle's, which make the access a scheduling point and
# then go on in the real one, `judge_` before its name. Functions of libc that both interpose are weak
# here, so that Heddle's win without more ado.
# Calls: what forgets an execution has to know which memory ThreadSanitizer has looked at
# (runtime/judge_tsan/touched_memory.h). Where its files call each other for that, they call ours.
# Sections: see judge.ld.
#
# usage: judge.sh OUTPUT LINKER_SCRIPT LD OBJCOPY NM ARCHIVE
set -euo pipefail

output=$1 script=$2 ld=$3 objcopy=$4 nm=$5 archive=$6
merged=$output.merged.o
trap 'rm -f "$merged" "$output.names"' EXIT

# Their function, and by which names it and ours go: judge_NAME and heddle_judge_NAME.
taken=(
  _ZN6__tsan12MemoryAccessEPNS_11ThreadStateEmmmm=access
  _ZN6__tsan21UnalignedMemoryAccessEPNS_11ThreadStateEmmmm=unaligned_access
  _ZN6__tsan18MemoryAccessRangeTILb1EEEvPNS_11ThreadStateEmmm=read_range
  _ZN6__tsan18MemoryAccessRangeTILb0EEEvPNS_11ThreadStateEmmm=write_range
  _ZN6__tsan16MemoryRangeFreedEPNS_11ThreadStateEmmm=free_range
  _ZN6__tsan23MemoryRangeImitateWriteEPNS_11ThreadStateEmmm=imitate_write
  _ZN6__tsan35MemoryRangeImitateWriteOrResetRangeEPNS_11ThreadStateEmmm=imitate_or_reset
  _ZN11__sanitizer23MmapFixedSuperNoReserveEmmPKc=map_shadow
)

"$ld" -r -d --force-group-allocation -T "$script" -o "$merged" $(printf -- "--wrap=%s " "${taken[@]%=*}") \
  --whole-archive "$archive"

# Of the weak ones the callbacks alone: the others are there to be defined (options, report hook).
"$nm" --defined-only --extern-only --format=posix "$merged" |
  awk '($2 == "T" && $1 ~ /^(__tsan_|Annotate|WTFAnnotate|__cxa_guard_)/) ||
       ($2 == "W" && $1 ~ /^__tsan_unaligned_/) { print $1, "judge_" $1 }' \
    > "$output.names"
if ! grep -q '^__tsan_read4 ' "$output.names"; then
  echo "heddle: $archive does not define __tsan_read4: is this ThreadSanitizer's run time?" >&2
  exit 1
fi
undefined=$("$nm" --undefined-only --format=posix "$merged")
for pair in "${taken[@]}"; do
  if ! grep -q "^__wrap_${pair%=*} " <<< "$undefined"; then
    echo "heddle: ThreadSanitizer of $archive has another inside: nothing calls ${pair%=*}" >&2
    exit 1
  fi
  printf '%s %s\n' "__wrap_${pair%=*}" "heddle_judge_${pair#*=}" "${pair%=*}" "judge_${pair#*=}" \
    >> "$output.names"
done
echo "_ZN6__tsan16MemoryResetRangeEPNS_11ThreadStateEmmm judge_reset_range" >> "$output.names"
"$objcopy" --strip-debug --redefine-syms="$output.names" "$merged" "$output"
