"""add_subdirectory(heddle) in a user's project: its tests work, and the project is left alone."""

import pathlib
import re
import sys
import tempfile
import unittest

import package

SAME_COMMAND = pathlib.Path(__file__).with_name("same_command.py")


def cache(name):
    """A variable of Heddle's own build, as an option for another."""
    text = (package.BUILD / "CMakeCache.txt").read_text()
    found = re.search(rf"^{name}:\w+=(.*)$", text, re.MULTILINE)
    return f"-D{name}={found.group(1) if found else ''}"


class Subdirectory(unittest.TestCase):
    def test_project(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            launcher = f"{sys.executable};{SAME_COMMAND};{package.BUILD};{root / 'build'}"
            build = package.build_project(
                root, package.CXX, f"-DHEDDLE_FOLDER={package.SOURCE}", "-DHEDDLE_WERROR=ON",
                "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 -g",
                cache("CMAKE_CXX_FLAGS"), f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}")
            package.check_project(build)
            section = package.run("readelf", "-p", "heddle_root", build / "bank_test")
            self.assertIn(f"{root}/project\n", section)

    def test_the_project_is_left_alone(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
get_cmake_property(before VARIABLES)
add_subdirectory({package.SOURCE} heddle)
get_cmake_property(after VARIABLES)
list(REMOVE_ITEM after ${{before}} before)
message(STATUS "new variables: ${{after}}.")
install(CODE "message(STATUS own)")
""")
            build = root / "build"
            told = package.run(package.CMAKE, "-G", "Ninja", "-S", root, "-B", build,
                               f"-DCMAKE_CXX_COMPILER={package.CXX}")
            new = re.search(r"new variables: (.*)\.", told).group(1)
            strange = [name for name in new.split(";")
                       if not re.match(r"heddle|HEDDLE|after$", name)
                       and f"{name}:" not in (build / "CMakeCache.txt").read_text()]
            self.assertEqual(strange, [])
            ninja = (build / "build.ninja").read_text()
            self.assertNotIn("-Werror", ninja)
            self.assertNotRegex(ninja, r"build \S*unit_core|build \S*tidy")
            run = package.run(package.CMAKE, "--install", build, "--prefix", root / "prefix")
            self.assertIn("own", run)
            self.assertFalse((root / "prefix").exists(), run)


if __name__ == "__main__":
    unittest.main()
