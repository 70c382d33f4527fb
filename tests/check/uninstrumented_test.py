"""Units of a program that were compiled without instrumentation are named in its evidence, and no
others, whichever compiler and form of debug information."""

import json
import os
import pathlib
import subprocess
import tempfile

BIN = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"])
MAIN = """
#include <thread>
#include "parts.h"
int main() {
  std::thread other([] { bare(); });
  empty();
  other.join();
}
"""
# Inline functions lie apart from the others, so that the unit's code is in several pieces.
PARTS = """
#pragma once
#include <vector>
void bare();
void empty();
inline int sum(const std::vector<int>& all) { int s = 0; for (int one : all) s += one; return s; }
"""
BARE = '#include "parts.h"\nstatic int total;\nvoid bare() { total += sum({1, 2, 3}); }\n'
# Nothing in it accesses memory: it calls no callback, instrumented or not.
EMPTY = '#include "parts.h"\n__attribute__((no_sanitize("thread"))) void empty() {}\n'
UNUSED = "struct Nothing;\n"  # a unit without code
SOURCES = {"main.cc": MAIN, "parts.h": PARTS, "bare.cc": BARE, "empty.cc": EMPTY,
           "unused.cc": UNUSED}


def run(folder, *command, environment=None):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            cwd=folder, env={**os.environ, **(environment or {})}, timeout=300)
    assert result.returncode == 0, (command, result.returncode, result.stdout, result.stderr)
    return result.stdout


def uninstrumented(folder, compiler, dwarf, plain):
    wrapper = {"HEDDLE_CXX": compiler}
    for source in SOURCES:
        if not source.endswith(".cc"):
            continue
        build = (compiler, "-g", "-O0") if source in plain else (BIN / "heddle-c++",)
        run(folder, *build, dwarf, "-std=c++17", "-c", source, environment=wrapper)
    objects = [source.replace(".cc", ".o") for source in SOURCES if source.endswith(".cc")]
    run(folder, BIN / "heddle-c++", *objects, "-o", "program", environment=wrapper)
    report = json.loads(run(folder, BIN / "heddle", "check", "--format=json", "--executions=1",
                            "--", "./program"))
    assert report["verdict"] == "pass", report
    return [pathlib.Path(name).name for name in report["evidence"]["uninstrumented"]]


if __name__ == "__main__":
    for used in ("g++", "clang++"):
        for form in ("-gdwarf-4", "-gdwarf-5"):
            with tempfile.TemporaryDirectory() as path:
                for source, text in SOURCES.items():
                    pathlib.Path(path, source).write_text(text)
                case = (used, form)
                assert uninstrumented(path, used, form, ()) == [], case
                assert uninstrumented(path, used, form, ("bare.cc",)) == ["bare.cc"], case
                named = uninstrumented(path, used, form, ("bare.cc", "empty.cc", "unused.cc"))
                assert named == ["bare.cc", "empty.cc"], (case, named)
