# The engine's speed, where Heddle's own detector judges and where ThreadSanitizer does.

# The engine's benchmark has a main of its own inside the localised object, beside the harness.
get_property(parts GLOBAL PROPERTY HEDDLE_FOLDERS)
list(FILTER parts EXCLUDE REGEX "_(cli|program|frontends|reports)_")
add_library(engine_bench_objects OBJECT bench/engine_bench_main.cc)
target_link_libraries(engine_bench_objects PRIVATE heddle_harness heddle_uninstrumented)
heddle_force_include(engine_bench_objects)
set(judge "")
set(only "")
if(HEDDLE_JUDGE STREQUAL "tsan")
  set(judge JUDGE ${PROJECT_BINARY_DIR}/harness/heddle_judge.o)
  set(only --only=points-2)
endif()
heddle_localise(heddle_engine_bench OBJECTS ${parts} engine_bench_objects
                LIBRARIES heddle_harness ${judge})
add_dependencies(heddle_engine_bench_object heddle_cli_object) # which makes the judge's object
add_executable(engine_bench bench/engine_bench_bodies.cc
  ${PROJECT_SOURCE_DIR}/scenarios/bank/unlocked.cc
  ${PROJECT_SOURCE_DIR}/scenarios/change_it/unlocked.cc
  ${PROJECT_SOURCE_DIR}/scenarios/change_it/balance.cc)
target_compile_features(engine_bench PRIVATE cxx_std_20)
target_compile_options(engine_bench PRIVATE -Wall -Wextra $<$<BOOL:${HEDDLE_WERROR}>:-Werror>)
target_include_directories(engine_bench PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/scenarios
                                                ${PROJECT_SOURCE_DIR}/harness/include)
target_link_libraries(engine_bench PRIVATE heddle_engine_bench)
heddle_instrument(engine_bench)
add_test(NAME bench.targets COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/bench/bench.py
                                    --smoke ${only} --bin ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
set_tests_properties(bench.targets PROPERTIES LABELS bench TIMEOUT 300)
