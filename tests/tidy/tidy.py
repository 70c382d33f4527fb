"""What the tidy checks share: which files there are, what objects hold, how a check reports.

A check is a script with check(...) -> list of violations and self_test(), which plants violations
and asserts that they are found; run() does the self-test first, so that a check that has gone blind
fails instead of passing.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE_DIR = pathlib.Path(
    os.environ.get("HEDDLE_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
CODE_SUFFIXES = {".cc", ".h", ".S"}
# Folders of harness/ whose code runs on fibers.
FIBER_FOLDERS = {"base", "core", "platform", "happens_before", "engine", "sync", "detectors",
                 "strategies"}


def build_dir():
    return pathlib.Path(os.environ["HEDDLE_BUILD_DIR"])


def code_files(*folders):
    """Relative paths of the C++ and assembly files below the given top-level folders."""
    return sorted(path.relative_to(SOURCE_DIR)
                  for folder in folders
                  for path in (SOURCE_DIR / folder).rglob("*")
                  if path.suffix in CODE_SUFFIXES)


def read(path):
    return (SOURCE_DIR / path).read_text(encoding="utf-8")


def without_comments(text):
    """C++ text with comments and string contents blanked; line numbers stay right."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)

    def blank(match):
        kept = '""' if match.group().startswith('"') else " "
        return kept + "\n" * match.group().count("\n")

    return pattern.sub(blank, text)


def objects(folder):
    """The object files of one folder of harness/ in this build."""
    return sorted((build_dir() / "harness").rglob(f"heddle_{folder}_objects.dir/**/*.o"))


def all_objects():
    """(folder, object file) of everything in harness/."""
    found = sorted((build_dir() / "harness").rglob("heddle_*_objects.dir/**/*.o"))
    name = re.compile(r"/heddle_(\w+)_objects\.dir/")
    return [(name.search(str(path)).group(1), path) for path in found]


def symbols(path):
    """(flags, section, demangled name) of each symbol of an object file."""
    text = subprocess.run(["objdump", "-t", "-C", str(path)], check=True, capture_output=True,
                          text=True).stdout
    line = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ +(?:\.hidden |\.internal )?(.*)$")
    return [match.groups() for match in map(line.match, text.splitlines()) if match]


def compile_planted(text):
    """Symbols of a small planted source."""
    compiler = os.environ.get("HEDDLE_CXX", "c++")
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "planted.cc")
        source.write_text(text, encoding="utf-8")
        output = source.with_suffix(".o")
        subprocess.run([compiler, "-std=c++20", "-c", str(source), "-o", str(output)], check=True)
        return symbols(output)


def run(check, self_test):
    self_test()
    violations = check()
    for violation in violations:
        print(violation)
    print(f"{len(violations)} violations")
    sys.exit(1 if violations else 0)
