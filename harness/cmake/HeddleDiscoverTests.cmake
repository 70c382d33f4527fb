# heddle_discover_tests(target [TIMEOUT seconds] [arguments of gtest_discover_tests...])
#
# Adds the tests of a GoogleTest binary to CTest: each with the label `heddle`, one processor, and a
# time limit (600 s), so that an exploration which does not end is told as a failure. What stands
# after them goes to gtest_discover_tests as it is; PROPERTIES there win.

function(heddle_discover_tests target)
  include(GoogleTest) # here: it keeps variables in the directory of whoever includes it
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "PROPERTIES")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  gtest_discover_tests(${target} ${arg_UNPARSED_ARGUMENTS}
                       PROPERTIES LABELS heddle PROCESSORS 1 TIMEOUT ${arg_TIMEOUT}
                                  ${arg_PROPERTIES})
endfunction()
