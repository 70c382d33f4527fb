# heddle_wrapper(NAME LANGUAGE FILE headers runtime)
#
# Writes the compiler wrapper NAME (heddle-c++ or heddle-cc, packaging/wrapper.sh.in) to FILE, with the
# flags of heddle_instrument. LANGUAGE is C or CXX; headers and runtime are where they will be, words
# of a shell in which $here is the wrapper's own folder.

set(HEDDLE_WRAPPER_DIR ${CMAKE_CURRENT_LIST_DIR}/../packaging)

function(heddle_wrapper name language file headers runtime)
  heddle_instrument_flags()
  list(JOIN FLAGS " " HEDDLE_WRAPPER_FLAGS)
  list(JOIN FLAGS_GNU " " HEDDLE_WRAPPER_FLAGS_GNU)
  list(JOIN FLAGS_Clang " " HEDDLE_WRAPPER_FLAGS_CLANG)
  set(HEDDLE_WRAPPER ${name})
  set(HEDDLE_WRAPPER_HEADERS ${headers})
  set(HEDDLE_WRAPPER_RUNTIME ${runtime})
  set(HEDDLE_WRAPPER_COMPILER ${CMAKE_${language}_COMPILER})
  set(HEDDLE_WRAPPER_VARIABLE HEDDLE_${language})
  if(language STREQUAL "C")
    set(HEDDLE_WRAPPER_VARIABLE HEDDLE_CC)
    set(HEDDLE_WRAPPER_COMMON cc)
    set(HEDDLE_WRAPPER_LANGUAGE c)
    # The run time is C++.
    set(HEDDLE_WRAPPER_LIBRARIES "-ldl -lstdc++ -lm")
  else()
    set(HEDDLE_WRAPPER_COMMON c++)
    set(HEDDLE_WRAPPER_LANGUAGE c++)
    set(HEDDLE_WRAPPER_LIBRARIES "-ldl")
  endif()
  configure_file(${HEDDLE_WRAPPER_DIR}/wrapper.sh.in ${file} @ONLY
                 FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                  WORLD_READ WORLD_EXECUTE)
endfunction()
