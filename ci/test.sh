#!/bin/bash
# Builds everything with every preset and runs all tests. Goes on after a failing preset, so that
# one run shows all that is wrong; fails if any failed.
#
# usage: ci/test.sh [PRESET...]     all of them, unless some are named: default (g++), clang,
#                                   tsan (ThreadSanitizer judges), asan (the harness under sanitizers)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ci/setup.sh
jobs=$(($(nproc) + 1))  # tests wait for a worker now and then
summary=()
failed=0
[ $# -gt 0 ] || set -- default clang tsan asan
for preset; do
  if cmake --preset "$preset" && cmake --build --preset "$preset" &&
    ctest --preset "$preset" --parallel "$jobs"; then
    summary+=("$preset: passed")
  else
    summary+=("$preset: FAILED")
    failed=1
  fi
done
printf 'ci/test.sh: %s\n' "${summary[@]}"
exit "$failed"
