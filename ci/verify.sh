#!/bin/bash
# Builds Heddle on a fresh machine and holds every scenario against its expectation.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ci/setup.sh
cmake --preset default
cmake --build --preset default --target heddle
build/default/bin/heddle verify
