"""All C++ is formatted by clang-format 14 with the .clang-format of this repository."""

import subprocess
import tempfile

import tidy


def unformatted(paths):
    """clang-format's complaints, one line each."""
    result = subprocess.run(
        ["clang-format", "--dry-run", f"--style=file:{tidy.SOURCE_DIR}/.clang-format", *paths],
        capture_output=True, text=True, check=True)
    return [line for line in result.stderr.splitlines() if "code should be clang-formatted" in line]


def check():
    return unformatted([str(tidy.SOURCE_DIR / path)
                        for path in tidy.code_files("harness", "scenarios", "tests")
                        if path.suffix != ".S"])


def self_test():
    with tempfile.NamedTemporaryFile("w", suffix=".cc") as file:
        file.write("int  f( ) {return 1;}\n")
        file.flush()
        assert unformatted([file.name])
    with tempfile.NamedTemporaryFile("w", suffix=".cc") as file:
        file.write("int f() {\n  return 1;\n}\n")
        file.flush()
        assert not unformatted([file.name])


if __name__ == "__main__":
    tidy.run(check, self_test)
