# heddle_instrument(target... [JUDGE heddle|tsan])
#
# Compiles the sources of the targets so that Heddle sees every memory access and atomic operation.
# Compile options only: linking with -fsanitize=thread would bring in another run time beside ours.
# -O0 because instrumentation runs after optimisation (include/heddle/instrument.h); it stands after
# the flags of the build type, and a unit that ends up optimised all the same is named at start.
# Options that cannot work beside it are refused when the directory is complete, so that those
# which are added after the call are seen as well.

# Where the headers are: beside this file, unless an installed heddleConfig.cmake has said so. Global,
# since whoever calls does not see the variables of this directory.
get_property(known GLOBAL PROPERTY HEDDLE_INCLUDE_DIR SET)
if(NOT known)
  cmake_path(SET directory NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../include)
  set_property(GLOBAL PROPERTY HEDDLE_INCLUDE_DIR ${directory})
endif()

# The one list of what instruments a unit, for heddle_instrument and for the compiler wrappers
# (HeddleWrapper.cmake). Words that belong together are one element, with a blank between them.
# Sets FLAGS for every compiler, FLAGS_GNU, FLAGS_Clang.
function(heddle_instrument_flags)
  set(FLAGS -fsanitize=thread -O0 -g -fno-omit-frame-pointer -fno-lto -mcx16 -U_FORTIFY_SOURCE
      PARENT_SCOPE)
  # g++ warns of every atomic_thread_fence, which Heddle models.
  set(FLAGS_GNU -Wno-tsan "--param tsan-instrument-func-entry-exit=0" PARENT_SCOPE)
  # clang drops the callback of a read that the same block follows by a write, and with it the
  # switch between the two. It drops those of locals that no other task can have the address of, but
  # looks at the address of a member or element alone, which nobody has, though somebody has the
  # object's (tests/runtime/locals_table.cc). Told not to look, it drops none.
  set(FLAGS_Clang "-mllvm -tsan-instrument-read-before-write=1"
                  "-mllvm -capture-tracking-max-uses-to-explore=0"
                  "-mllvm -tsan-instrument-func-entry-exit=0" PARENT_SCOPE)
endfunction()

function(heddle_instrument)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "JUDGE" "")
  heddle_check_judge("${arg_JUDGE}")
  heddle_instrument_flags()
  get_property(headers GLOBAL PROPERTY HEDDLE_INCLUDE_DIR)
  # Not before a precompiled header that begins with it: g++ takes that one only where it comes first.
  set(included "$<NOT:$<BOOL:$<TARGET_PROPERTY:HEDDLE_PRECOMPILED>>>")
  set(options ${FLAGS} "$<${included}:SHELL:-include '${headers}/heddle/instrument.h'>"
      # Headers that stand before libstdc++'s of the same names; each says why.
      "SHELL:$<$<COMPILE_LANGUAGE:CXX>:-isystem '${headers}/heddle/libstdcxx'>"
      # Reports name source files relative to it.
      "-DHEDDLE_PROJECT_ROOT=\"${CMAKE_SOURCE_DIR}\"")
  foreach(family GNU Clang)
    set(is_family "$<OR:$<COMPILE_LANG_AND_ID:C,${family}>,$<COMPILE_LANG_AND_ID:CXX,${family}>>")
    foreach(flag IN LISTS FLAGS_${family})
      list(APPEND options "$<${is_family}:SHELL:${flag}>")
    endforeach()
  endforeach()
  foreach(target IN LISTS arg_UNPARSED_ARGUMENTS)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "heddle_instrument: ${target} is not a target: add it first")
    endif()
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:${options}>")
    cmake_language(EVAL CODE "cmake_language(DEFER CALL heddle_refuse_options [[${target}]])")
  endforeach()
endfunction()

# A build has one judge, that of the run time which its targets link: a target that asks for another
# one is refused.
function(heddle_check_judge judge)
  if(judge STREQUAL "" OR judge STREQUAL HEDDLE_JUDGE)
    return()
  elseif(judge STREQUAL "heddle" AND NOT HEDDLE_JUDGE)
    return()
  elseif(judge STREQUAL "heddle" OR judge STREQUAL "tsan")
    message(FATAL_ERROR "heddle_instrument: JUDGE ${judge}: this build's run time has another judge: "
                        "configure a build of its own with -DHEDDLE_JUDGE=${judge}"
                        " (and clang for tsan)")
  endif()
  message(FATAL_ERROR "heddle_instrument: JUDGE ${judge}: say heddle or tsan")
endfunction()

# One line with the remedy, and no build, for options that would break the program under test.
function(heddle_refuse_options target)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  heddle_target_options(${target} compile link)
  string(APPEND compile " ${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${type}}"
                        " ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
  string(APPEND link " ${CMAKE_EXE_LINKER_FLAGS} ${CMAKE_EXE_LINKER_FLAGS_${type}}"
                     " ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ")
  if("${compile} ${link}" MATCHES
     "-fsanitize=[a-z,-]*(kernel-address|hwaddress|address|memory|leak|safe-stack|dataflow)")
    message(FATAL_ERROR "heddle_instrument(${target}): -fsanitize=${CMAKE_MATCH_1} cannot run "
                        "beside Heddle: remove it here and give it a build of its own")
  endif()
  if(link MATCHES "-fsanitize=[a-z,-]*thread")
    message(FATAL_ERROR "heddle_instrument(${target}): -fsanitize=thread would link another run "
                        "time: remove it from link options and CMAKE_CXX_FLAGS, "
                        "heddle_instrument compiles with it")
  endif()
  if(link MATCHES "[ ;,:](-static|-static-pie)[ ;>]")
    message(FATAL_ERROR "heddle_instrument(${target}): ${CMAKE_MATCH_1} leaves nothing to "
                        "interpose: remove it (-static-libstdc++ and -static-libgcc may stay)")
  endif()
endfunction()

# Sets the two results to the options of the target and of all that it links.
function(heddle_target_options target compile_result link_result)
  set(compile "")
  set(link "")
  set(seen "")
  set(waiting ${target})
  while(waiting)
    list(POP_FRONT waiting item)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    if(item IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${item})
    if(NOT TARGET ${item})
      string(APPEND link " ${item}")
      continue()
    endif()
    set(prefix INTERFACE_)
    if(item STREQUAL target)
      set(prefix "")
    endif()
    foreach(property COMPILE_OPTIONS COMPILE_FLAGS LINK_OPTIONS LINK_FLAGS LINK_LIBRARIES)
      get_target_property(value ${item} ${prefix}${property})
      if(NOT value)
        continue()
      elseif(property STREQUAL "LINK_LIBRARIES")
        list(APPEND waiting ${value})
      elseif(property MATCHES "^LINK")
        string(APPEND link " ${value}")
      else()
        string(APPEND compile " ${value}")
      endif()
    endforeach()
  endwhile()
  set(${compile_result} "${compile}" PARENT_SCOPE)
  set(${link_result} "${link}" PARENT_SCOPE)
endfunction()
