"""Code that runs on fibers calls nothing that Heddle interposes.

Such a call would come back as an operation of the program under test: a mutex of ours would become
a scheduling point, an allocation of ours would move the program's addresses.
"""

import tidy

# Compilers emit calls of the first three by themselves. A virtual destructor has a deleting form,
# which names operator delete although nobody on a fiber ever deletes.
ALLOWED = {"memcpy", "memmove", "memset", "operator delete(void*, unsigned long)",
           "operator delete(void*)"}
# Constructors and parsers of strategies run on the host, before any execution; the last two come
# with Abseil's headers (its hardening, and <iostream>'s initialiser).
ALLOWED_IN = {"strategies": {"strlen", "operator new(unsigned long)",
                             "operator new[](unsigned long)", "operator delete[](void*)", "__assert_fail", "__cxa_atexit"}}
# The host's side: schedules, results and parsers, the loop around executions; never called on fibers.
HOST_FILES = {"engine/world.cc", "core/codec.cc", "core/schedule.cc", "core/finding.cc", "core/result.cc",
              "core/trace.cc"}


def interposed(symbols):
    return {name for flags, section, name in symbols
            if section == "heddle_export" and flags[0] in "gw"}


def calls(symbols):
    return {name for flags, section, name in symbols if section == "*UND*"}


def check():
    exported = set()
    for folder in ("runtime", "frontends"):
        for path in tidy.objects(folder):
            exported |= interposed(tidy.symbols(path))
    found = []
    for folder in sorted(tidy.FIBER_FOLDERS):
        for path in tidy.objects(folder):
            if f"{folder}/{path.stem}" in HOST_FILES:
                continue
            for name in calls(tidy.symbols(path)) & exported:
                if name not in ALLOWED | ALLOWED_IN.get(folder, set()):
                    found.append(f"harness/{folder}/{path.stem} calls {name}, which is interposed")
    return found


def self_test():
    runtime = tidy.compile_planted("""
        extern "C" __attribute__((section("heddle_export"))) int sched_yield() { return 0; }
        extern "C" int helper() { return 0; }""")
    assert interposed(runtime) == {"sched_yield"}, interposed(runtime)
    fiber = tidy.compile_planted("""
        extern "C" int sched_yield();
        int spin() { return sched_yield(); }""")
    assert calls(fiber) & interposed(runtime) == {"sched_yield"}


if __name__ == "__main__":
    tidy.run(check, self_test)
