"""heddle-c++ and heddle-cc take what compilers take, and what they build runs under Heddle."""

import pathlib
import re
import tempfile
import unittest

import package

PROGRAM = r"""
#include <cstdio>
#include <thread>
#include "heddle/heddle.h"
#include "part.h"
int main() {
  const heddle::Report report = heddle::explore([] {
    std::thread first(part), second(part);
    first.join();
    second.join();
  });
  std::puts(report.text().c_str());
  return report.ok() ? 0 : 1;
}
"""
PART = '#include "part.h"\nint shared = 0;\nvoid part() {\n  shared = shared + 1;\n}\n'
C_PROGRAM = "#include <stdio.h>\nint main(void) { puts(\"C\"); return 0; }\n"
RACE = r"race on shared|data-race  shared \(global, 4 bytes\)"
CXX_WRAPPER = package.BIN / "heddle-c++"
CC_WRAPPER = package.BIN / "heddle-cc"


class Wrapper(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = pathlib.Path(self.temporary.name)
        for name, text in {"main.cc": PROGRAM, "part.cc": PART, "part.h": "void part();\n",
                           "c.c": C_PROGRAM}.items():
            (self.root / name).write_text(text)

    def cxx(self, *words, expect=0, **environment):
        return package.run(CXX_WRAPPER, *words, expect=expect, folder=self.root, **environment)

    def cc(self, *words, expect=0, **environment):
        return package.run(CC_WRAPPER, *words, expect=expect, folder=self.root, **environment)

    def names(self):
        return {path.name for path in self.root.iterdir()}

    def assert_race(self, program="program"):
        told = package.run(f"./{program}", expect=1, folder=self.root)
        self.assertRegex(told, RACE)
        self.assertIn("part.cc:4", told)

    def test_one_command_by_both_compilers(self):
        before = self.names()
        for compiler in ("g++", "clang++"):
            told = self.cxx("-O2", "-Wall", "-Wextra", "-Werror", "main.cc", "part.cc", "-o",
                            "program", HEDDLE_CXX=compiler)
            self.assertEqual(told, "")
            self.assert_race()
            self.assertNotIn("libtsan", package.run("ldd", self.root / "program"))
        self.assertEqual(self.names() - before, {"program"})

    def test_separate_steps(self):
        self.cxx("-c", "main.cc", "part.cc")
        self.assertLessEqual({"main.o", "part.o"}, self.names())
        self.cxx("-fsanitize=thread", "main.o", "part.o", "-oprogram")
        self.assert_race()

    def test_optimisation_of_the_user_does_not_win(self):
        self.cxx("-c", "-O3", "-flto", "part.cc", "-o", "part.o")
        sections = package.run("readelf", "-SW", self.root / "part.o")
        self.assertIn("heddle_root", sections)
        self.assertNotIn("heddle_optimised", sections)
        self.assertNotIn("gnu.lto", sections)

    def test_root_of_the_project(self):
        self.cxx("-c", "part.cc")
        read = ("readelf", "-p", "heddle_root", self.root / "part.o")
        self.assertIn(f"{self.root}\n", package.run(*read))
        self.cxx("-c", "part.cc", HEDDLE_PROJECT_ROOT="/a \"b\" \\c")
        self.assertIn("/a \"b\" \\c\n", package.run(*read))

    def test_c(self):
        for compiler in ("gcc", "clang"):
            self.cc("-std=c99", "-pedantic-errors", "c.c", "-o", "program", HEDDLE_CC=compiler)
            self.assertEqual(package.run("./program", folder=self.root), "C\n")
            # The calls of the compiler are answered by Heddle's run time.
            self.assertIn(" __tsan_init\n", package.run("nm", self.root / "program"))

    def test_make(self):
        (self.root / "Makefile").write_text(
            "program: main.o part.o\n\t$(CXX) $(LDFLAGS) $^ -o $@\nCXXFLAGS = -O2 -MMD -MP\n")
        package.run("make", f"CXX={CXX_WRAPPER}", folder=self.root)
        self.assert_race()
        self.assertIn("part.h", (self.root / "main.d").read_text())

    def test_cmake(self):
        (self.root / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(user LANGUAGES C CXX)\n"
            "add_library(part SHARED part.cc)\nadd_executable(program main.cc)\n"
            "target_link_libraries(program part)\nadd_executable(c c.c)\n")
        build = self.root / "build"
        told = package.run(package.CMAKE, "-G", "Ninja", "-S", self.root, "-B", build,
                           f"-DCMAKE_CXX_COMPILER={CXX_WRAPPER}",
                           f"-DCMAKE_C_COMPILER={CC_WRAPPER}", "-DCMAKE_BUILD_TYPE=Release")
        self.assertRegex(told, r"CXX compiler identification is (GNU|Clang) \d")
        package.run(package.CMAKE, "--build", build)
        self.assertRegex(package.run("./program", expect=1, folder=build), RACE)

    def test_what_stops_before_linking(self):
        self.assertIn("void part()", self.cxx("-E", "part.cc"))
        self.assertIn("part.o: part.cc", self.cxx("-MM", "part.cc"))
        self.cxx("-S", "part.cc", "-o", "part.s")
        self.assertIn("__tsan_write4", (self.root / "part.s").read_text())
        self.cxx("-c", "part.s", "-o", "assembled.o")
        self.cxx("-x", "c++", "-c", "part.h", "-o", "header.o")
        self.cxx("-fsyntax-only", "main.cc")

    def test_dependencies_of_one_command(self):
        self.cxx("-MMD", "part.cc", "main.cc", "-o", "program")
        self.assertIn("part.h", (self.root / "program-main.d").read_text())
        self.cc("-MMD", "-MF", "deps", "c.c", "-o", "program")
        self.assertTrue((self.root / "deps").read_text().startswith("program: c.c"))

    def test_arguments_from_a_file(self):
        (self.root / "words").write_text("main.cc 'part.cc'\n-o program\n")
        self.cxx("@words")
        self.assert_race()

    def test_options_with_a_word_of_their_own(self):
        (self.root / "more.h").write_text("#define SHARED shared\n")
        (self.root / "part.cc").write_text(PART.replace("shared", "SHARED"))
        self.cxx("-include", "more.h", "-isystem", ".", "-D", "OTHER=1", "-I", ".", "main.cc", "-x",
                 "c++", "part.cc", "-x", "none", "-L", ".", "-Xlinker", "-z", "-Xlinker", "now",
                 "-l", "m", "-o", "program")
        self.assert_race()

    def test_what_is_asked_of_the_compiler_itself(self):
        self.assertRegex(self.cxx("--version", HEDDLE_CXX="clang++"), "clang version")
        self.assertRegex(self.cxx("-dumpmachine", HEDDLE_CXX="g++"), "linux")

    def test_what_is_refused(self):
        for words, remedy in {
                ("-fsanitize=address", "main.cc"): "give it a build of its own",
                ("-fsanitize=undefined,leak", "main.cc"): "give it a build of its own",
                ("-static", "main.cc"): "remove it",
                ("-stdlib=libc++", "main.cc"): r"use libstdc\+\+",
                ("-c", "main.cc", "part.cc", "-o", "x.o"): "leave -o out"}.items():
            told = self.cxx(*words, expect=2)
            self.assertRegex(told, rf"^heddle-c\+\+: .*: {remedy}.*\n$")
            self.assertEqual(told.count("\n"), 1)
        for value, remedy in {"no-such-compiler": "install it",
                              str(CXX_WRAPPER): "name the compiler"}.items():
            told = self.cxx("part.cc", "-c", expect=2, HEDDLE_CXX=value)
            self.assertRegex(told, rf"^heddle-c\+\+: .*: {remedy}.*\n$")

    def test_errors_of_the_compiler_are_its_own(self):
        (self.root / "part.cc").write_text("int wrong = ;\n")
        self.assertIn("part.cc:1", self.cxx("main.cc", "part.cc", expect=1, HEDDLE_CXX="g++"))
        self.assertRegex(self.cxx("-c", "absent.cc", expect=1), "absent.cc")

    def test_whole_program(self):
        if "check" not in package.run(package.BIN / "heddle", "--help").split():
            self.skipTest("this version has no `heddle check`")
        (self.root / "whole.cc").write_text(
            "#include <thread>\n" + PART.replace('#include "part.h"\n', "")
            + "int main() {\n  std::thread other(part);\n  part();\n  other.join();\n}\n")
        self.cxx("whole.cc", "-o", "whole")
        told = package.run(package.BIN / "heddle", "check", "--", "./whole", expect=1,
                           folder=self.root)
        self.assertRegex(told, RACE)
        self.assertIn("whole.cc:4", told)
        self.assertIsNotNone(re.search(r"replay  ", told))


if __name__ == "__main__":
    unittest.main()
