# heddle_discover_tests(target [TIMEOUT seconds] [EXPLORE filter] [arguments of
#                       gtest_discover_tests...])
#
# Adds the tests of a GoogleTest binary to CTest: each with the label `heddle`, one processor, and a
# time limit (600 s), so that an exploration which does not end is told as a failure. Plain tests
# that match `filter`, as --gtest_filter takes it without negative patterns ("Bank.*:Queue.*"), are
# explored with their source unchanged: as whole programs, by `heddle check`. What stands after them
# goes to gtest_discover_tests as it is; PROPERTIES there win.

set_property(GLOBAL PROPERTY HEDDLE_EXPLORE_TEST "${CMAKE_CURRENT_LIST_DIR}/explore_test.sh")

function(heddle_discover_tests target)
  include(GoogleTest) # here: it keeps variables in the directory of whoever includes it
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;EXPLORE" "PROPERTIES")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  set(arguments ${arg_UNPARSED_ARGUMENTS}
      PROPERTIES LABELS heddle PROCESSORS 1 TIMEOUT ${arg_TIMEOUT} ${arg_PROPERTIES})
  if(NOT arg_EXPLORE)
    gtest_discover_tests(${target} ${arguments})
    return()
  endif()
  if("TEST_FILTER" IN_LIST arg_UNPARSED_ARGUMENTS OR arg_EXPLORE MATCHES "^-|[:]-")
    message(FATAL_ERROR "heddle_discover_tests(${target} EXPLORE ...): the pattern says which tests "
                        "are explored; leave TEST_FILTER and negative patterns out")
  endif()
  get_property(program GLOBAL PROPERTY HEDDLE_PROGRAM)
  if(TARGET heddle)
    set(program $<TARGET_FILE:heddle>)
    add_dependencies(${target} heddle)
  endif()
  get_property(script GLOBAL PROPERTY HEDDLE_EXPLORE_TEST)
  gtest_discover_tests(${target} TEST_FILTER "-${arg_EXPLORE}" ${arguments})
  # What the tests are called with is a property that is read at the call.
  get_property(emulator TARGET ${target} PROPERTY CROSSCOMPILING_EMULATOR)
  set_property(TARGET ${target} PROPERTY CROSSCOMPILING_EMULATOR /bin/sh ${script} ${program})
  gtest_discover_tests(${target} TEST_FILTER "${arg_EXPLORE}" ${arguments})
  set_property(TARGET ${target} PROPERTY CROSSCOMPILING_EMULATOR ${emulator})
endfunction()
