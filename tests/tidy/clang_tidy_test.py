"""clang-tidy has nothing to say about harness/ (.clang-tidy lists the checks).

Runs in builds by clang alone: it reads their compile commands. Sources that are compiled as one
unit are checked as one, and so are those of equal commands that can be: most of the time goes into
headers.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import tidy

COMPLAINT = re.compile(r"^.*: (?:warning|error): .*$", re.MULTILINE)


def complaints(path, *options):
    result = subprocess.run(
        ["clang-tidy", f"--config-file={tidy.SOURCE_DIR}/.clang-tidy", "--quiet", str(path),
         *options], capture_output=True, text=True)
    found = COMPLAINT.findall(result.stdout)
    if result.returncode != 0 and not found:
        found = [f"{path}: clang-tidy failed: {result.stderr.strip()[-300:]}"]
    return found


def way_of(entry):
    """How its source is compiled: the command without launchers, source and outputs."""
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if re.search(r"/clang[^/]*$", word)):]
    return tuple(word for before, word in zip(["", *words], words)
                 if word not in ("-c", "-o", entry["file"]) and before != "-o")


def complaints_of(sources, way):
    """Of some sources as one unit, or of two units, where they cannot be one."""
    if len(sources) == 1:
        return complaints(sources[0], "--", *way[1:])
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder, "unit.cc")
        unit.write_text("".join(f'#include "{source}"\n' for source in sources))
        if subprocess.run([*way, "-fsyntax-only", unit], capture_output=True).returncode == 0:
            return complaints(unit, "--", *way[1:])
    # Neighbours go apart: they are often of one kind, with names of their own that are equal.
    return complaints_of(sources[::2], way) + complaints_of(sources[1::2], way)


def check():
    commands = json.loads((tidy.build_dir() / "compile_commands.json").read_text())
    alike = collections.defaultdict(set)
    for entry in commands:
        path = pathlib.Path(entry["file"])
        if re.search(r"/harness/(.*\.cc|.*/unity_\w*\.cxx)$", entry["file"]):
            alike[path.parent, way_of(entry)].add(entry["file"])
    assert alike, "no sources in compile_commands.json"
    # The last ones take longest, so they come first.
    units = [(sorted(sources), way) for (_, way), sources in reversed(alike.items())]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lists = pool.map(lambda unit: complaints_of(*unit), units)
        return sorted({complaint for found in lists for complaint in found})


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        planted = pathlib.Path(folder, "harness", "planted.cc")
        planted.parent.mkdir()
        unit = pathlib.Path(folder, "unity_0_cxx.cxx")
        unit.write_text(f'#include "{planted}"\n')
        planted.write_text("struct A {\n  A(int);\n};\n")  # a conversion that is not explicit
        assert len(complaints(planted, "--", "-std=c++20")) == 1
        assert len(complaints(unit, "--", "-std=c++20")) == 1
        planted.write_text("struct A {\n  explicit A(int);\n};\n")
        assert not complaints(planted, "--", "-std=c++20")
        # Two of which each complains, and which are no unit.
        other = planted.with_name("other.cc")
        planted.write_text("namespace { int same; }\nstruct A {\n  A(int);\n};\n")
        other.write_text("namespace { int same; }\nstruct B {\n  B(int);\n};\n")
        way = ("clang++", "-std=c++20")
        assert len(complaints_of([planted, other], way)) == 2
        other.write_text("struct B {\n  B(int);\n};\n")
        assert len(complaints_of([planted, other], way)) == 2


if __name__ == "__main__":
    tidy.run(check, self_test)
