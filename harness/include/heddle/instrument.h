/* Included by force (-include) before every instrumented translation unit; harmless in C.
 *
 * 1. libstdc++ keeps the code of std::string, the streams and others in its shared library and
 *    declares their templates `extern`, so the compiler would instrument only what it inlines.
 *    GCC defines the switch for that unconditionally in c++config.h, hence it is undone after that
 *    header instead of by -D. With the switch off, each unit instantiates what it uses.
 * 2. Instrumentation runs after optimisation: at -O1 `balance += n; balance -= n;` leaves nothing
 *    to see and `while (!flag) {}` loses its reads. A unit that was optimised all the same puts its
 *    name into the section `heddle_optimised`, and the start-up code says what it loses.
 *    How to read the section: NUL-terminated strings, one a unit, from
 *      extern const char __start_heddle_optimised[] __attribute__((weak));
 *      extern const char __stop_heddle_optimised[] __attribute__((weak));
 *    Both are null where no unit was optimised; empty strings are padding. clang does not know the
 *    name in a forced include and leaves "<built-in>"; then it is in the symbol table, where the
 *    FILE symbol before each local symbol `heddle_optimised_unit` names the unit.
 * 3. Reports name source files relative to the project's root. heddle_instrument and the compiler
 *    wrappers give it as HEDDLE_PROJECT_ROOT, and it goes into the section `heddle_root`, which is
 *    read like the other one, between __start_heddle_root and __stop_heddle_root. One string
 *    a unit.
 *
 * HEDDLE_INSTRUMENTED is 1 where the compiler instruments. Heddle's own sources are given this
 * header too, for 1. alone: an undefined member of std::string would otherwise bind to the
 * program's instrumented copy of it.
 */
#ifndef HEDDLE_INSTRUMENT_H_
#define HEDDLE_INSTRUMENT_H_

#ifdef __cplusplus
#include <bits/c++config.h>
#undef _GLIBCXX_EXTERN_TEMPLATE
#define _GLIBCXX_EXTERN_TEMPLATE 0
#endif

/* g++ defines a macro for -fsanitize=thread, clang a feature. */
#if defined(__SANITIZE_THREAD__)
#define HEDDLE_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HEDDLE_INSTRUMENTED 1
#endif
#endif

#if defined(HEDDLE_INSTRUMENTED)
/* Debug information then says of the unit that it is instrumented, even where nothing in it needs
 * to be: reports list the others. */
__attribute__((used)) static const char heddle_instrumented_unit = 1;
#endif

/* `retain` keeps it from --gc-sections; alignment 1 keeps padding out. */
#define HEDDLE_KEPT_IN(name) used, aligned(1), section(name)
#if defined(__has_attribute)
#if __has_attribute(retain)
#undef HEDDLE_KEPT_IN
#define HEDDLE_KEPT_IN(name) retain, used, aligned(1), section(name)
#endif
#endif

#if defined(HEDDLE_INSTRUMENTED) && defined(__OPTIMIZE__)
__attribute__((HEDDLE_KEPT_IN("heddle_optimised"))) static const char
    heddle_optimised_unit[] __asm__("heddle_optimised_unit") = __BASE_FILE__;
#endif

#if defined(HEDDLE_INSTRUMENTED) && defined(HEDDLE_PROJECT_ROOT)
__attribute__((HEDDLE_KEPT_IN("heddle_root"))) static const char heddle_root_of_unit[] =
    HEDDLE_PROJECT_ROOT;
#endif
#undef HEDDLE_KEPT_IN

#endif /* HEDDLE_INSTRUMENT_H_ */
