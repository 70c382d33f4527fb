# What `cmake --install` and `cpack -G DEB` take of this project; included by it alone.
#
# Everything is found relative to its own place, so an installed folder can be moved.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(headers ${PROJECT_SOURCE_DIR}/harness/include)
set(packaging ${PROJECT_SOURCE_DIR}/harness/packaging)
set(generated ${PROJECT_BINARY_DIR}/packaging)
set(HEDDLE_INSTALL_DATADIR ${CMAKE_INSTALL_DATADIR}/heddle)
# Of this processor, and private: in lib itself, as package tools do not move it elsewhere.
set(HEDDLE_INSTALL_LIBDIR lib/heddle)
set(HEDDLE_INSTALL_RUNTIME ${HEDDLE_INSTALL_LIBDIR}/heddle_runtime.o)
set(config_dir lib/cmake/heddle)

install(TARGETS heddle DESTINATION ${CMAKE_INSTALL_BINDIR})
# Part of every build, though nothing else in it may need it.
add_custom_target(heddle_package ALL)
add_dependencies(heddle_package heddle_runtime_object)
install(FILES ${PROJECT_BINARY_DIR}/harness/heddle_runtime.o DESTINATION ${HEDDLE_INSTALL_LIBDIR})
# scenario.h belongs to tables that are linked with the command line, which is not installed.
install(DIRECTORY ${headers}/heddle DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        PATTERN scenario.h EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/harness/frontends/gtest/main.cc
        DESTINATION ${HEDDLE_INSTALL_DATADIR} RENAME gtest_main.cc)

install(FILES ${packaging}/heddle-gdb.py DESTINATION ${HEDDLE_INSTALL_DATADIR})

# The package for find_package.
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/heddleConfig.cmake.in ${generated}/heddleConfig.cmake
  INSTALL_DESTINATION ${config_dir} NO_SET_AND_CHECK_MACRO
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_INCLUDEDIR HEDDLE_INSTALL_RUNTIME HEDDLE_INSTALL_DATADIR)
write_basic_package_version_file(${generated}/heddleConfigVersion.cmake
                                 VERSION ${heddle_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${generated}/heddleConfig.cmake ${generated}/heddleConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/HeddleInstrument.cmake
              ${CMAKE_CURRENT_LIST_DIR}/HeddleDiscoverTests.cmake
              ${CMAKE_CURRENT_LIST_DIR}/explore_test.sh
        DESTINATION ${config_dir})

# The compiler wrappers: in the build, and as they are installed.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR}
           OUTPUT_VARIABLE to_headers)
cmake_path(ABSOLUTE_PATH HEDDLE_INSTALL_RUNTIME BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
           OUTPUT_VARIABLE to_runtime)
cmake_path(RELATIVE_PATH to_runtime BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR})
foreach(wrapper "heddle-c++ CXX" "heddle-cc C")
  separate_arguments(wrapper)
  list(GET wrapper 0 name)
  heddle_wrapper(${wrapper} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name} ${headers}
                 ${PROJECT_BINARY_DIR}/harness/heddle_runtime.o)
  heddle_wrapper(${wrapper} ${generated}/${name} \$here/${to_headers} \$here/${to_runtime})
  install(PROGRAMS ${generated}/${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
endforeach()

# Man pages and completion: from what the built program says of itself.
find_package(Python3 QUIET COMPONENTS Interpreter)
if(Python3_Interpreter_FOUND)
  set(manuals heddle.1.gz heddle-c++.1.gz heddle-cc.1.gz)
  set(outputs ${manuals} heddle.bash changelog.gz changelog.Debian.gz)
  list(TRANSFORM manuals PREPEND ${generated}/)
  list(TRANSFORM outputs PREPEND ${generated}/)
  set(changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
  set(script ${packaging}/manual.py)
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${Python3_EXECUTABLE} ${script} $<TARGET_FILE:heddle> ${packaging} ${changelog}
            ${generated}
    DEPENDS heddle ${script} ${changelog} ${packaging}/heddle.1.in ${packaging}/heddle-c++.1.in
            ${packaging}/completion.bash.in
    COMMENT "Writing man pages and completion"
    VERBATIM)
  add_custom_target(heddle_manual ALL DEPENDS ${outputs})
  install(FILES ${manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${generated}/heddle.bash RENAME heddle
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${generated}/changelog.gz ${generated}/changelog.Debian.gz
          DESTINATION ${CMAKE_INSTALL_DOCDIR})
else()
  message(STATUS "heddle: without python3 there are no man pages to install")
endif()
install(FILES ${packaging}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${packaging}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
        RENAME heddle)

# `cpack -G DEB` in the build directory.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Heddle maintainers <maintainers@heddle.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "finds race conditions and deadlocks in C++ programs")
set(CPACK_PACKAGE_DESCRIPTION
"Heddle runs ordinary multi-threaded programs (std::thread, pthreads, files,
clocks, unchanged) under a deterministic scheduler that tries many orders of
their threads' steps. It tells data races, deadlocks, lost wake-ups and failed
checks step by step, and one command repeats each of them exactly.
.
This package holds the command line with its example scenarios, the compiler
wrappers heddle-c++ and heddle-cc, and what CMake and GoogleTest need.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF) # reports read the debug information of the scenarios
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "g++ | clang, libgtest-dev")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, bash-completion")
# The program needs what the run time needs of those that are linked with it.
find_program(HEDDLE_SHLIBDEPS dpkg-shlibdeps)
if(HEDDLE_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6, libgcc-s1, libstdc++6")
endif()
include(CPack)
