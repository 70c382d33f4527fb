# The tests of a build with HEDDLE_JUDGE=tsan: tables on which both judges say the same, and what is
# about the judge.
foreach(name cxx20_table rwlock_table semaphore_table thread_features_table)
  heddle_add_runtime_test(${name} runtime/${name}.cc)
endforeach()
heddle_add_runtime_test(judge_table judge/judge_table.cc)
# On some rows of this one they do not, each for a reason: differences_test.py.
heddle_add_instrumented(memory_orders_table runtime/memory_orders_table.cc)
heddle_add_instrumented(memory_orders_apart_table runtime/memory_orders_table.cc)
heddle_add_instrumented(generated_table judge/generated_table.cc)
target_compile_definitions(memory_orders_apart_table PRIVATE DATA_FILLS_ITS_WORD)

file(GLOB files CONFIGURE_DEPENDS judge/*_test.py)
foreach(file IN LISTS files)
  cmake_path(GET file STEM name)
  string(REPLACE "_test" "" name ${name})
  heddle_add_python_test(${name} ${CMAKE_CURRENT_SOURCE_DIR}/judge/${name}_test.py judge)
endforeach()

include(bench/engine_bench.cmake)
