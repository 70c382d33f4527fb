"""The top level stays small, every scenario tells its lesson, every script can be run."""

import os
import pathlib
import tempfile

import tidy

TOP_LEVEL = {"harness", "scenarios", "tests", "ci", "CMakeLists.txt", "CMakePresets.json",
             "README.md", "CHANGELOG.md", "LICENSE", "build"}
DOT_FILES = {".ci", ".clang-format", ".clang-tidy", ".git", ".github", ".gitignore"}


def violations_of(root):
    found = [f"{path.name} does not belong to the top level" for path in sorted(root.iterdir())
             if path.name not in TOP_LEVEL | DOT_FILES and not path.name.startswith(".cache")]
    for folder in sorted((root / "scenarios").iterdir()):
        if folder.is_dir() and not (folder / "README.md").is_file():
            found.append(f"scenarios/{folder.name} has no README.md")
    for script in [*(root / "ci").glob("*.sh"), root / ".ci" / "run"]:
        if not os.access(script, os.X_OK):
            found.append(f"{script.relative_to(root)} is not executable")
    return found


def check():
    return violations_of(tidy.SOURCE_DIR)


def self_test():
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for folder in ["ci", ".ci", "scenarios/bank", "notes"]:
            (root / folder).mkdir(parents=True)
        (root / "ci" / "test.sh").touch(0o644)
        (root / ".ci" / "run").touch(0o755)
        assert len(violations_of(root)) == 3, violations_of(root)


if __name__ == "__main__":
    tidy.run(check, self_test)
