"""What the package tests share: running programs, installing this build, a user's project."""

import os
import pathlib
import re
import shutil
import subprocess

SOURCE = pathlib.Path(os.environ["HEDDLE_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["HEDDLE_BUILD_DIR"])
BIN = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"])
CXX = os.environ["HEDDLE_CXX"]
CMAKE = os.environ["HEDDLE_CMAKE"]
PROJECT = SOURCE / "tests" / "package" / "project"


def run(*words, expect=0, folder=None, **environment):
    """Output and errors of a command, which must end with the status that is expected."""
    # The variables of the tests are not what a user has; HEDDLE_CXX would even choose a compiler.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEDDLE_")}
    result = subprocess.run([str(word) for word in words], cwd=folder, env={**kept, **environment},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            timeout=900)
    assert result.returncode == expect, (words, result.returncode, result.stdout)
    return result.stdout


def install(prefix):
    run(CMAKE, "--install", BUILD, "--prefix", prefix)


def build_project(folder, compiler, *options):
    """The user's project, copied and built there; the folder with its binaries."""
    shutil.copytree(PROJECT, folder / "project", dirs_exist_ok=True)
    build = folder / "build"
    run(CMAKE, "-G", "Ninja", "-S", folder / "project", "-B", build,
        f"-DCMAKE_CXX_COMPILER={compiler}", *options)
    run(CMAKE, "--build", build)
    return build


def check_project(build):
    """The project's test has the finding that it must have, and its replay shows it again."""
    told = run("./bank_test", expect=1, folder=build)
    line = bank_line()
    assert re.search(r"data-race .*24 bytes", told), told
    assert f"at bank.h:{line}" in told, told
    assert '*bank.wait_for("a")' in told and "[  FAILED  ] Bank.KeepsDeposits" in told, told
    assert "[       OK ] Bank.Plain" in told, told
    replay = re.findall(r"replay  (\./bank_test \S+ \S+)", told)[-1]
    again = run(*replay.split(), expect=1, folder=build)
    assert "check-failed" in again and f":{line}" in again, again
    # CTest knows the two by their names, with the label.
    listed = run("ctest", "--print-labels", folder=build)
    assert re.search(r"^  heddle$", listed, re.MULTILINE), listed
    assert "Total Tests: 4" in run("ctest", "-N", "-L", "heddle", folder=build)
    # Plain tests are explored where that was asked for.
    run("ctest", "-R", "Explored.AddsAtOnce", folder=build)
    told = run("ctest", "-R", "Explored.AddsInTwoSteps", "--output-on-failure", expect=8,
               folder=build)
    assert re.search(r"\[1\] exit +", told) and "Which is: 1" in told, told
    assert "heddle check --schedule=h1.bank_test." in told, told


def bank_line():
    """The line of bank.h that lacks the lock."""
    lines = (PROJECT / "bank.h").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if "*account +=" in line)
