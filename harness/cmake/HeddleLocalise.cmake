# heddle_localise(NAME OBJECTS target... [LIBRARIES library...] [JUDGE object])
#
# Links the objects of OBJECT libraries and the needed members of static archives into one object
# whose symbols are local except those marked HEDDLE_EXPORT (localise.sh says why and how). NAME is
# then a library: what links it gets that object and needs nothing else of Heddle.
# The archives are those that LIBRARIES need, directly or not. Where a package offers a shared library
# (Debian's Abseil), the archive of the same name beside it is taken.

find_program(HEDDLE_LD ld REQUIRED)
find_program(HEDDLE_OBJDUMP objdump REQUIRED)
set(HEDDLE_LOCALISE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(heddle_localise name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "JUDGE" "OBJECTS;LIBRARIES")
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libstdc++.so
                  OUTPUT_VARIABLE libstdcxx OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(inputs "")
  foreach(object IN LISTS arg_OBJECTS)
    # Not the precompiled headers that some versions of CMake count among the objects.
    list(APPEND inputs "$<FILTER:$<TARGET_OBJECTS:${object}>,INCLUDE,[.]o$>")
  endforeach()
  heddle_static_archives(archives ${arg_LIBRARIES})
  list(APPEND inputs ${archives})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
  set(script ${HEDDLE_LOCALISE_DIR}/localise.sh)
  set(sections ${HEDDLE_LOCALISE_DIR}/localise.ld)
  # Goes in as it is, its global symbols with it (HeddleJudge.cmake).
  set(and_judge "")
  if(arg_JUDGE)
    set(and_judge COMMAND ${HEDDLE_LD} -r -o ${output}.judged ${output} ${arg_JUDGE}
                  COMMAND ${CMAKE_COMMAND} -E rename ${output}.judged ${output})
  endif()
  add_custom_command(
    OUTPUT ${output}
    BYPRODUCTS ${output}.keep
    COMMAND bash ${script} ${output} ${sections} ${HEDDLE_LD} ${CMAKE_OBJCOPY} ${HEDDLE_OBJDUMP}
            ${libstdcxx} ${inputs}
    ${and_judge}
    DEPENDS ${inputs} ${script} ${sections} ${arg_JUDGE}
    COMMENT "Localising ${name}.o"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}_object DEPENDS ${output})
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_object)
  # A program in C has to be told of the library that the harness is written with.
  target_link_libraries(${name} INTERFACE ${output} Threads::Threads ${CMAKE_DL_LIBS}
                                          $<$<LINK_LANGUAGE:C>:stdc++>)
endfunction()

# Sets `result` to the static archives that the libraries need: paths and generator expressions.
function(heddle_static_archives result)
  set(archives "")
  set(seen "")
  set(waiting ${ARGN})
  while(waiting)
    list(POP_FRONT waiting library)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" library "${library}")
    if(library IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${library})
    if(library MATCHES "\\.a$")
      list(APPEND archives ${library})
    elseif(TARGET ${library})
      get_target_property(type ${library} TYPE)
      if(type STREQUAL "STATIC_LIBRARY")
        list(APPEND archives $<TARGET_FILE:${library}>)
      elseif(type STREQUAL "SHARED_LIBRARY")
        get_target_property(shared ${library} LOCATION)
        string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${shared}")
        if(NOT EXISTS "${archive}")
          message(FATAL_ERROR "heddle: ${library} has no static archive ${archive}: install one")
        endif()
        list(APPEND archives ${archive})
      endif()
      get_target_property(needs ${library} INTERFACE_LINK_LIBRARIES)
      if(needs)
        list(APPEND waiting ${needs})
      endif()
    endif()
  endwhile()
  set(${result} ${archives} PARENT_SCOPE)
endfunction()

# heddle_find_backtrace(): the library heddle_backtrace, gcc's own libbacktrace. clang finds the
# archive by itself but not the header, which stands among headers of gcc's that clang must not see.
# It is a copy that asks us which files there are (reports/symbols.cc) instead of the dynamic linker.
function(heddle_find_backtrace)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libbacktrace.a
                  OUTPUT_VARIABLE archive OUTPUT_STRIP_TRAILING_WHITESPACE)
  cmake_path(GET archive PARENT_PATH directory)
  if(NOT EXISTS ${directory}/include/backtrace.h)
    message(FATAL_ERROR "heddle: libbacktrace is missing: install libgcc-12-dev")
  endif()
  set(headers ${CMAKE_CURRENT_BINARY_DIR}/backtrace)
  configure_file(${directory}/include/backtrace.h ${headers}/backtrace.h COPYONLY)
  set(copy ${headers}/libbacktrace.a)
  execute_process(COMMAND ${CMAKE_OBJCOPY} --redefine-sym dl_iterate_phdr=heddle_symbolized_files
                          ${archive} ${copy} COMMAND_ERROR_IS_FATAL ANY)
  add_library(heddle_backtrace INTERFACE)
  target_include_directories(heddle_backtrace SYSTEM INTERFACE ${headers})
  target_link_libraries(heddle_backtrace INTERFACE ${copy})
endfunction()
