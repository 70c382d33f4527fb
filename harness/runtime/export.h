// Marks what the program under test may bind to: interceptors, the `__tsan_*` sheet, the functions
// of include/heddle, and main of the command line.
//
// The whole harness is linked into one object whose other symbols are made local
// (cmake/localise.sh), so an unmarked function is invisible to the program however it is declared.
// The mark is the section `heddle_export`: visibility alone would not do, since templates of the
// standard library and of Abseil have default visibility too. Mark definitions of functions, never
// variables, templates or inline functions. In assembly: `.section heddle_export,"ax",@progbits`.
#pragma once

#define HEDDLE_EXPORT __attribute__((visibility("default"), used, section("heddle_export")))
