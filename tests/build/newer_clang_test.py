"""A program compiled by clang 19 runs under the run time that this build's clang made.

The compile options are those that heddle_instrument gave to a test of this build.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["HEDDLE_BUILD_DIR"])
NEWER = "clang++-19"
PROGRAM = r"""
#include <atomic>
#include <mutex>
#include <thread>
#include <heddle/scenario.h>
namespace {
struct alignas(16) Pair { long low, high; };
int shared = 0;
std::mutex mutex;
std::atomic<long> number{0};
std::atomic<Pair> pair{Pair{0, 0}};
template <typename F> void twice(F body) { std::thread a(body), b(body); a.join(); b.join(); }
void racy(const heddle::Parameters&) { twice([] { shared = shared + 1; }); }
void right(const heddle::Parameters&) {
  twice([] {
    std::lock_guard<std::mutex> lock(mutex);
    shared = shared + 1;
    number.fetch_add(shared);
    Pair seen = pair.load();
    pair.compare_exchange_strong(seen, Pair{seen.low + 1, seen.high + 1});
  });
}
}  // namespace
const heddle::Scenario heddle::kScenarios[] = {
    {"smoke.racy", "data-race", "", {}, {}, racy, nullptr},
    {"smoke.right", "pass", "", {}, {}, right, nullptr},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};
"""


def instrument_options():
    """Options of an instrumented test's compile command, without compiler, input and output. Not of
    a scenario's, which names a precompiled header of this build's clang."""
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    words = next(shlex.split(entry["command"]) for entry in commands
                 if entry["file"].endswith("/tests/runtime/thousandth_test.cc"))
    if "ccache" in words[0]:
        words = words[1:]
    words = words[1:words.index("-c")]
    if "-o" in words:
        del words[words.index("-o"):words.index("-o") + 2]
    return words


class NewerClang(unittest.TestCase):
    def test_verdicts_are_right(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, "program.cc")
            source.write_text(PROGRAM)
            binary = source.with_suffix("")
            subprocess.run([NEWER, *instrument_options(), "-c", source, "-o", f"{binary}.o"],
                           check=True)
            subprocess.run([NEWER, f"{binary}.o", BUILD / "harness" / "heddle_cli.o", "-o", binary,
                            "-ldl", "-lpthread"], check=True)
            result = subprocess.run([binary, "verify"], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    if "clang" not in os.environ["HEDDLE_CXX"]:
        print("this build is not clang's: nothing to do")
        sys.exit(77)
    unittest.main()
