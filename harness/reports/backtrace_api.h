// The part of libbacktrace that is used. The library comes with g++ and links under clang as well,
// but its header lies in g++'s own include folder, which clang must not search.
#pragma once

#include <cstdint>

extern "C" {
struct backtrace_state;
using backtrace_error_callback = void (*)(void* data, const char* message, int error);
using backtrace_full_callback = int (*)(void* data, uintptr_t pc, const char* file, int line,
                                        const char* function);
backtrace_state* backtrace_create_state(const char* file, int threaded,
                                        backtrace_error_callback on_error, void* data);
int backtrace_pcinfo(backtrace_state* state, uintptr_t pc, backtrace_full_callback on_frame,
                     backtrace_error_callback on_error, void* data);
using backtrace_syminfo_callback = void (*)(void* data, uintptr_t pc, const char* name,
                                            uintptr_t value, uintptr_t size);
int backtrace_syminfo(backtrace_state* state, uintptr_t address,
                      backtrace_syminfo_callback on_symbol, backtrace_error_callback on_error,
                      void* data);
}
