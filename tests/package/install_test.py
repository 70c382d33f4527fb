"""The installed package serves users of g++ and of clang, whichever compiler built it."""

import pathlib
import tempfile
import unittest

import package


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        # Moved after installing: nothing in it may name where it was.
        package.install(cls.root / "first")
        cls.prefix = (cls.root / "first").rename(cls.root / "a prefix")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def project(self, compiler):
        build = package.build_project(self.root / compiler, compiler,
                                      f"-DCMAKE_PREFIX_PATH={self.prefix}")
        package.check_project(build)
        section = package.run("readelf", "-p", "heddle_root", build / "bank_test")
        self.assertIn(str(self.root / compiler / "project"), section)

    def test_project_by_gcc(self):
        self.project("g++")

    def test_project_by_clang(self):
        self.project("clang++")

    def configure(self, text, *options, expect=0):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.root))
        (folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(user LANGUAGES CXX)\n" + text)
        return package.run(package.CMAKE, "-S", folder, "-B", folder / "build",
                           f"-DCMAKE_PREFIX_PATH={self.prefix}", *options, expect=expect)

    def test_without_googletest(self):
        missing = "-DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON"
        target = "if(TARGET heddle::gtest_main)\n  message(FATAL_ERROR there)\nendif()\n"
        told = self.configure("find_package(heddle REQUIRED)\n" + target, missing)
        self.assertIn("GoogleTest was not found", told)
        told = self.configure("find_package(heddle REQUIRED COMPONENTS gtest_main)", missing,
                              expect=1)
        self.assertIn("gtest_main", told)

    def test_other_versions_are_refused(self):
        self.configure("find_package(heddle 99 REQUIRED)", expect=1)

    def test_twice_in_one_project(self):
        self.configure("find_package(heddle REQUIRED)\nfind_package(heddle REQUIRED)\n")

    def test_the_program_works_from_there(self):
        program = self.prefix / "bin" / "heddle"
        self.assertRegex(package.run(program, "--version"), r"^heddle \d+\.\d+\.\d+\n$")
        package.run(program, "run", "bank.unlocked", "--threads=2", expect=1)


if __name__ == "__main__":
    unittest.main()
