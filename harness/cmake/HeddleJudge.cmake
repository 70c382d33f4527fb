# ThreadSanitizer's run time as one object that goes into the localised one where it is the judge
# (HEDDLE_JUDGE=tsan). judge.sh says what is done to it, and why.

# Sets `result` to the static archive of the compiler's own ThreadSanitizer.
function(heddle_find_thread_sanitizer result)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "heddle: HEDDLE_JUDGE=tsan needs clang: ${CMAKE_CXX_COMPILER_ID} comes with "
                        "a shared ThreadSanitizer, which cannot be linked into the program")
  endif()
  set(name libclang_rt.tsan-x86_64.a)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name}
                  OUTPUT_VARIABLE archive OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT EXISTS "${archive}")
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} --print-runtime-dir
                    OUTPUT_VARIABLE directory OUTPUT_STRIP_TRAILING_WHITESPACE)
    set(archive ${directory}/libclang_rt.tsan.a)
  endif()
  if(NOT EXISTS "${archive}")
    message(FATAL_ERROR "heddle: HEDDLE_JUDGE=tsan: this clang has no ${name}: install its run time "
                        "(libclang-rt-dev of its version)")
  endif()
  set(${result} ${archive} PARENT_SCOPE)
endfunction()

# heddle_judge_object(OUTPUT ARCHIVE): how to make that object.
function(heddle_judge_object output archive)
  set(script ${HEDDLE_LOCALISE_DIR}/judge.sh)
  set(sections ${HEDDLE_LOCALISE_DIR}/judge.ld)
  add_custom_command(
    OUTPUT ${output}
    COMMAND bash ${script} ${output} ${sections} ${HEDDLE_LD} ${CMAKE_OBJCOPY} ${CMAKE_NM} ${archive}
    DEPENDS ${archive} ${script} ${sections}
    COMMENT "Preparing ThreadSanitizer"
    VERBATIM)
endfunction()
