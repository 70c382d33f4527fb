"""heddle_instrument refuses, at configure time and in one line, what cannot work under Heddle."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["HEDDLE_SOURCE_DIR"])
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH "@SOURCE@/harness/cmake")
include(HeddleInstrument)
add_library(helper INTERFACE)
add_executable(program program.cc)
heddle_instrument(program)
include(${CASE})
"""


class RefusedOptions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        (cls.root / "CMakeLists.txt").write_text(PROJECT.replace("@SOURCE@", str(SOURCE)))
        (cls.root / "program.cc").write_text("int main() {}\n")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def configure(self, case, *options):
        (self.root / "case.cmake").write_text(case)
        return subprocess.run(
            [os.environ["HEDDLE_CMAKE"], "-S", self.root, "-B", self.root / "build", "-G", "Ninja",
             f"-DCMAKE_CXX_COMPILER={os.environ['HEDDLE_CXX']}", f"-DCASE={self.root}/case.cmake",
             "-DCMAKE_CXX_FLAGS=", "-DCMAKE_EXE_LINKER_FLAGS=", *options],
            capture_output=True, text=True)

    def assert_refused(self, remedy, case, *options):
        result = self.configure(case, *options)
        self.assertNotEqual(result.returncode, 0, f"{case} {options} was accepted")
        said = re.sub(r"\s+", " ", result.stderr)
        self.assertRegex(said, remedy)

    def test_other_sanitizers_in_compile_options(self):
        for name in ("address", "undefined,address", "memory", "leak", "hwaddress"):
            self.assert_refused("cannot run beside Heddle: remove it",
                                f"target_compile_options(program PRIVATE -fsanitize={name})")

    def test_other_sanitizers_from_a_linked_library(self):
        self.assert_refused("-fsanitize=address cannot run beside Heddle",
                            "target_compile_options(helper INTERFACE -fsanitize=address)\n"
                            "target_link_libraries(program PRIVATE helper)")

    def test_other_sanitizers_in_global_flags(self):
        self.assert_refused("-fsanitize=address cannot run beside Heddle", "",
                            "-DCMAKE_CXX_FLAGS=-O1 -fsanitize=address")

    def test_thread_sanitizer_at_link(self):
        for case in ("target_link_options(program PRIVATE -fsanitize=thread)",
                     "target_link_libraries(program PRIVATE -fsanitize=thread)"):
            self.assert_refused("would link another run time: remove it", case)
        self.assert_refused("would link another run time: remove it", "",
                            "-DCMAKE_CXX_FLAGS=-fsanitize=thread")

    def test_static_programs(self):
        for option in ("-static", "-static-pie"):
            self.assert_refused("leaves nothing to interpose: remove it",
                                f"target_link_options(program PRIVATE {option})")
        self.assert_refused("leaves nothing to interpose: remove it", "",
                            "-DCMAKE_EXE_LINKER_FLAGS=-static")

    def test_a_name_that_is_no_target(self):
        self.assert_refused("misspelt is not a target", "heddle_instrument(misspelt)")

    def test_harmless_options_are_accepted(self):
        for case in ("", "target_link_options(program PRIVATE -static-libstdc++ -static-libgcc)",
                     "target_compile_options(program PRIVATE -fsanitize=undefined)"):
            result = self.configure(case)
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_optimisation_of_the_build_type_does_not_win(self):
        self.assertEqual(self.configure("", "-DCMAKE_BUILD_TYPE=Release").returncode, 0)
        build = (self.root / "build" / "build.ninja").read_text()
        levels = re.findall(r"-O[0-3s]\b", re.search(r"FLAGS = (.*)", build).group(1))
        self.assertEqual(levels[-1], "-O0", levels)


if __name__ == "__main__":
    unittest.main()
