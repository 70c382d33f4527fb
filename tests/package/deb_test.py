"""The Debian package: what it says of itself, and a project built from its unpacked contents."""

import pathlib
import shutil
import sys
import tempfile
import unittest

import package


class Debian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        package.run("cpack", "-G", "DEB", "-B", cls.root / "out", folder=package.BUILD)
        (cls.deb,) = (cls.root / "out").glob("*.deb")
        package.run("dpkg-deb", "-x", cls.deb, cls.root / "tree")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def field(self, name):
        return package.run("dpkg-deb", "-f", self.deb, name).strip()

    def test_fields(self):
        self.assertEqual(self.field("Package"), "heddle")
        self.assertEqual(self.field("Architecture"), "amd64")
        version = package.run(package.BIN / "heddle", "--version").split()[1]
        self.assertEqual(self.field("Version"), f"{version}-1")
        for library in ("libc6", "libstdc++6", "libgcc-s1"):
            self.assertIn(library, self.field("Depends"))
        for name in ("g++", "libgtest-dev"):
            self.assertIn(name, self.field("Recommends"))

    def test_project_and_program(self):
        usr = self.root / "tree" / "usr"
        build = package.build_project(self.root, package.CXX, f"-DCMAKE_PREFIX_PATH={usr}")
        package.check_project(build)
        told = package.run(usr / "bin" / "heddle", "run", "bank.unlocked", "--threads=2", expect=1)
        self.assertIn("unlocked.cc:", told)
        (self.root / "a.cc").write_text("int main() {}\n")
        package.run(usr / "bin" / "heddle-c++", "a.cc", folder=self.root)
        package.run("./a.out", folder=self.root)

    def test_nothing_of_this_machine_in_its_texts(self):
        for path in (self.root / "tree").rglob("*"):
            if not path.is_file() or path.suffix == ".o" or path.name == "heddle" and (
                    path.parent.name == "bin"):
                continue
            for folder in (package.SOURCE, package.BUILD):
                self.assertNotIn(str(folder).encode(), path.read_bytes(), path)

    def test_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        told = package.run("lintian", "--allow-root", self.deb)
        self.assertEqual(told.strip(), "")


if __name__ == "__main__":
    if not shutil.which("dpkg-deb"):
        print("dpkg-deb is not installed: no Debian packages here")
        sys.exit(77)
    unittest.main()
