#!/bin/bash
# Installs the Debian packages that building and testing Heddle needs. Safe to run again: where
# nothing is missing it changes nothing and needs neither root nor network.
set -euo pipefail

packages=(
  cmake ninja-build ccache binutils git        # build
  g++ libgcc-12-dev                            # the default preset; libbacktrace
  clang lld libclang-rt-dev                    # the clang preset
  clang-19                                     # a smoke test with a newer compiler
  libabsl-dev libcli11-dev nlohmann-json3-dev  # libraries of the harness
  libgtest-dev libgmock-dev libbenchmark-dev   # tests …
  librapidcheck-dev                            # … of generated programs
  dpkg-dev make                                # tests of packages and compiler wrappers
  python3 python3-jsonschema                   # tests of build, style and reports
  gdb                                          # a test of replaying in a debugger
  clang-format clang-tidy                      # style
)

fail() {
  echo "ci/setup.sh: $1" >&2
  exit 1
}

command -v apt-get > /dev/null ||
  fail "this is not Debian or Ubuntu: install the equivalents of: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "ci/setup.sh: all ${#packages[@]} packages are there"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null ||
    fail "neither root nor sudo: let an administrator run: apt-get install ${missing[*]}"
  as_root=(sudo)
fi
echo "ci/setup.sh: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q || fail "apt-get update failed: see the lines above"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}" ||
  fail "apt-get could not install: ${missing[*]}"
