"""clang-tidy has nothing to say about harness/ (.clang-tidy lists the checks).

Runs in builds by clang alone: it reads their compile commands. Sources that are compiled as one
unit are checked as one.
"""

import concurrent.futures
import json
import os
import pathlib
import re
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


def check():
    commands = json.loads((tidy.build_dir() / "compile_commands.json").read_text())
    files = sorted({entry["file"] for entry in commands
                    if re.search(r"/harness/(.*\.cc|.*/unity_\w*\.cxx)$", entry["file"])})
    assert files, "no sources in compile_commands.json"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lists = pool.map(lambda path: complaints(path, "-p", str(tidy.build_dir())), files)
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


if __name__ == "__main__":
    tidy.run(check, self_test)
