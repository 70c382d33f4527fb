"""heddle_instrument(target JUDGE tsan) out of the installed package, for a user of g++ and of clang."""

import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "package"))
import other_build  # noqa: E402
import package  # noqa: E402  (found through the line above)


# A program with a main of its own, which prints the report.
TOLD = """
#include <cstdio>
#include <thread>
#include "heddle/heddle.h"
int balance = 0;
int main(int argc, char** argv) {
  heddle_start(&argc, argv);
  const auto report = heddle::explore([] {
    std::thread other([] { ++balance; });
    ++balance;
    other.join();
  });
  std::puts(report.json().c_str());
}
"""
TARGET = """
add_executable(told told.cc)
target_compile_features(told PRIVATE cxx_std_20)
heddle_instrument(told JUDGE tsan)
target_link_libraries(told PRIVATE heddle::runtime)
"""


def project(folder, judge):
    """The user's project, whose test asks for this judge."""
    shutil.copytree(package.PROJECT, folder / "project")
    lists = folder / "project" / "CMakeLists.txt"
    text = lists.read_text()
    asking = text.replace("heddle_instrument(bank_test)", f"heddle_instrument(bank_test JUDGE {judge})")
    assert asking != text, text
    lists.write_text(asking + TARGET)
    (folder / "project" / "told.cc").write_text(TOLD)
    return folder / "project"


def configure(folder, judge, compiler, prefix, expect=0):
    return package.run(package.CMAKE, "-G", "Ninja", "-S", project(folder, judge), "-B",
                       folder / "build", f"-DCMAKE_CXX_COMPILER={compiler}",
                       f"-DCMAKE_PREFIX_PATH={prefix}", expect=expect)


def check_told(folder, compiler, prefix):
    configure(folder, "tsan", compiler, prefix)
    package.run(package.CMAKE, "--build", folder / "build", "--target", "told")
    # Again and again, as its addresses are others each time.
    for _ in range(8):
        report = json.loads(package.run("./told", folder=folder / "build"))
        (race,) = report["findings"]
        assert (race["kind"], race["judge"]) == ("data-race", "tsan"), race
        assert {access["line"] for access in race["operations"]} == {9, 10}, race


def main():
    reason = other_build.why_not()
    if reason:
        print(reason)
        return other_build.SKIPPED
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        package.install(root / "first")
        prefix = (root / "first").rename(root / "a prefix")
        for compiler in ("clang++", "g++"):
            check_told(root / compiler, compiler, prefix)
        package.run(package.CMAKE, "--build", root / "clang++" / "build")
        package.check_project(root / "clang++" / "build")
        told = configure(root / "heddle", "heddle", "clang++", prefix, expect=1)
        assert "another judge" in told, told
        told = configure(root / "nobody", "nobody", "clang++", prefix, expect=1)
        assert "say heddle or tsan" in told, told
    print("a user's target has ThreadSanitizer as its judge")
    return 0


if __name__ == "__main__":
    sys.exit(main())
