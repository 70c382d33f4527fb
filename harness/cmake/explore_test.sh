#!/bin/sh
# explore_test.sh HEDDLE PROGRAM [ARGS...]: what CTest calls for a test that heddle_discover_tests is
# to explore. The program runs under `heddle check`; asked which tests it has, it answers as ever.
heddle=$1
shift
for word; do
  [ "$word" != --gtest_list_tests ] || exec "$@"
done
exec "$heddle" check -- "$@"
