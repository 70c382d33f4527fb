"""Heddle's own code has no mutable globals: its state is in an arena, behind one pointer.

Whoever needs another one names it here with its reason.
"""

import re

import tidy

ALLOWED = {
    ("base", "heddle::(anonymous namespace)::context"):
        "a check that fails anywhere must be able to print the schedule",
    ("program", "heddle::(anonymous namespace)::process_workbench()::workbench"):
        "calls of heddle::explore have nothing that could carry what was read of the program",
    ("base", "_ZN6heddle12_GLOBAL__N_17contextE"): "the same, where clang has split it in parts",
}
# Interceptors have no argument that could carry their state, so runtime has a few: its pointer and
# what must exist before it. The addresses of libc's real functions, found once, do not count.
RUNTIME_LIMIT = 8
REAL_FUNCTION = re.compile(r"::real$")
WRITABLE = re.compile(r"^\.(data|bss|tdata|tbss)(\.|$)")
READ_ONLY_AFTER_RELOCATION = ".data.rel.ro"
FROM_LIBRARIES = re.compile(r"^(guard variable for )?(std|absl|CLI|nlohmann|__gnu_cxx)::")


def mutable_globals(symbols):
    return sorted({name for flags, section, name in symbols
                   if flags.endswith("O") or "TLS" in flags or flags[-1] == " "
                   if WRITABLE.match(section)
                   if not section.startswith(READ_ONLY_AFTER_RELOCATION)
                   if not FROM_LIBRARIES.match(name) and not REAL_FUNCTION.search(name)
                   if not name.startswith((".", "DW.ref."))})


def check():
    found = {}
    for folder, path in tidy.all_objects():
        for name in mutable_globals(tidy.symbols(path)):
            if (folder, re.sub(r"\.\d+$", "", name)) not in ALLOWED:
                found.setdefault(folder, []).append(f"{path.name}: {name}")
    assert tidy.all_objects(), "no objects: build first"
    if len(found.get("runtime", [])) <= RUNTIME_LIMIT:
        found.pop("runtime", None)
    return [f"harness/{folder}: mutable global {name}"
            for folder, names in found.items() for name in names]


def self_test():
    planted = tidy.compile_planted("""
        #include <iostream>
        namespace heddle {
        int counter = 1;                       // caught
        namespace { int hidden; }              // caught
        int next() { static int calls = 0; return ++calls + ++hidden; }  // caught
        thread_local int own = 3;              // caught
        const int kLimit = 7;
        extern const char* const kNames[] = {"a", "b"};
        struct Shape { virtual ~Shape() {} };
        Shape* shape() { return new Shape; }
        int limit() { return kLimit; }
        }""")
    names = mutable_globals(planted)
    assert len(names) == 4, names
    assert any("counter" in name for name in names) and any("own" in name for name in names), names


if __name__ == "__main__":
    tidy.run(check, self_test)
