"""`heddle check -- PROGRAM`: a program of one file is built by heddle-c++ and explored as a whole."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"])
HERE = pathlib.Path(__file__).parent


def run(*command, expect, folder):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            cwd=folder, stdin=subprocess.DEVNULL, timeout=300)
    assert result.returncode == expect, (command, result.returncode, result.stdout, result.stderr)
    return result.stdout + result.stderr


def build(name, folder):
    run(BIN / "heddle-c++", "-std=c++17", HERE / f"{name}.cc", "-o", name, expect=0, folder=folder)


def check(*arguments, expect, folder):
    return run(BIN / "heddle", "check", *arguments, expect=expect, folder=folder)


def a_race_in_a_program(folder):
    began = time.monotonic()
    build("producers", folder)
    said = check("--", "./producers", expect=1, folder=folder)
    assert time.monotonic() - began < 30, "a first look takes too long"
    assert "data-race  produced (global, 4 bytes)" in said, said
    assert re.search(r"write by \S.* at \S*producers\.cc:\d+", said), said
    assert "the program ended with status 1, expected was 0" in said, said
    assert not list(folder.glob("log.txt")), "executions have a folder of their own"
    commands = re.findall(r"^ +replay  heddle (check .*)$", said, re.MULTILINE)
    assert len(commands) >= 2, said
    shown = run(BIN / "heddle", *commands[1].split(), expect=1, folder=folder)
    assert "the program ended with status 1, expected was 0" in shown, shown
    assert shown == run(BIN / "heddle", *commands[1].split(), expect=1, folder=folder)
    schedule = commands[1].split()[1]
    for words in ((schedule, "--", "./producers"), ("--", "./producers", schedule),
                  (schedule, "--in-process", "--", "./producers")):
        assert shown == run(BIN / "heddle", "replay", *words, expect=1, folder=folder), words
    assert "needs a schedule" in run(BIN / "heddle", "replay", "--", "./producers", expect=2,
                                     folder=folder)
    ends = run(BIN / "heddle", "outcomes", "--executions=300", "--", "./producers", expect=1,
               folder=folder)
    assert re.search(r"^  exit status 0, output .*  \d+ executions$", ends, re.MULTILINE), ends
    assert re.search(r"^  exit status 1, output .*  \d+ executions?$", ends, re.MULTILINE), ends
    assert "of 4 values\nbye\n" in run(folder / "producers", expect=0, folder=folder)


def ends(folder):
    build("ends", folder)

    def ended(way, expect, *flags):
        report = json.loads(check("--format=json", "--executions=50", *flags, "--", "./ends", way,
                                  expect=expect, folder=folder))
        ends = [outcome["value"] for outcome in report.get("outcomes", [])]
        return [(finding["kind"], finding["severity"]) for finding in report["findings"]], ends

    whole = r"\nthread-local destroyed\nat exit\nglobal destroyed\n"
    assert ended("return", 0) == ([], [f'exit status 0, output "return{whole}"']), \
        ended("return", 0)
    assert ended("return 3", 1)[0] == [("exit", "error")]
    assert ended("return 3", 0, "--expect-exit=3")[0] == []
    assert ended("exit 4", 1)[0] == [("exit", "error")]
    assert ended("_exit 6", 0, "--expect-exit=6")[1][0].startswith("exit status 6"), "handlers"
    assert "destroyed" not in ended("_exit 6", 0, "--expect-exit=6")[1][0]
    assert ended("exit in thread", 0, "--expect-exit=5")[0][0] == ("leaked-task", "note")
    assert ended("detached", 0)[0] == [("leaked-task", "note")]
    assert ended("main leaves first", 0)[0] == [("outputs-differ", "note")]
    assert all("last" in end for end in ended("main leaves first", 0)[1])
    assert ended("throw", 1)[0] == [("uncaught-exception", "error")]
    assert ended("abort", 1)[0] == [("crash", "error")]


def one_like_another(folder):
    """The library's counter of those who use its streams does not run down."""
    def steps(executions):
        report = json.loads(check("--format=json", "--in-process", f"--executions={executions}",
                                  "--", "./ends", "return", expect=0, folder=folder))
        return report["evidence"]["steps"]
    assert steps(100) == 100 * steps(1), (steps(100), steps(1))


def inputs(folder):
    (folder / "input.txt").write_text("first\n")
    (folder / "folder").mkdir()
    (folder / "folder/other.txt").write_text("second\n")
    expected = folder / "expected.txt"
    expected.write_text("input\nfirst second gone\nthread-local destroyed\nat exit\n"
                        "global destroyed\n")
    flags = (f"--expect-output={expected}", "--executions=50", "--", "./ends", "input")
    check(*flags, expect=0, folder=folder)
    assert (folder / "input.txt").read_text() == "first\n"
    assert (folder / "folder/other.txt").read_text() == "second\n"
    expected.write_text("input\nfirst third gone\n")
    said = check(*flags, expect=1, folder=folder)
    assert 'line 2 of the output is "first second gone", expected was "first third gone"' in \
        " ".join(said.split()), said


def fresh_folders(folder):
    where = folder / "fresh"
    (where / "folder").mkdir(parents=True)
    (where / "empty").mkdir(mode=0o500)
    (where / "input.txt").write_text("first\n")
    (where / "folder/other.txt").write_text("second\n")
    (where / "link").symlink_to("input.txt")
    expected = folder / "expected.txt"
    expected.write_text("folder\n./empty\n./folder\n./folder/other.txt\n./input.txt\n./link\n"
                        "first gone\nthread-local destroyed\nat exit\nglobal destroyed\n")
    program = ("--", folder / "ends", "folder")
    flags = ("--fresh-dir", f"--expect-output={expected}", "--executions=30")
    for more in ((), ("--jobs=2",), ("--in-process",)):
        check(*flags, *more, *program, expect=0, folder=where)
    assert (where / "input.txt").read_text() == "first\n"
    assert sorted(path.name for path in where.iterdir()) == ["empty", "folder", "input.txt", "link"]
    said = check(*flags[1:], *program, expect=1, folder=where)
    assert "--fresh-dir" not in said and "line 2 of the output is" in said, said
    expected.write_text("another\n")
    said = check(*flags, *program, expect=1, folder=where)
    command = re.search(r"^ +replay  heddle (check .*)$", said, re.MULTILINE).group(1)
    assert " --fresh-dir -- " in command, command
    shown = run(BIN / "heddle", *command.split(), expect=1, folder=where)
    assert 'line 1 of the output is "folder", expected was "another"' in " ".join(shown.split())

    with (where / "large").open("wb") as large:
        large.truncate(300 << 20)
    said = check("--fresh-dir", *program, expect=2, folder=where)
    assert "it holds more than 256 MiB: start the program in a folder that holds only what it " \
        "needs" in said and said.count("\n") == 1, said


def standard_input(folder):
    text = folder / "lines.txt"
    text.write_text("one\ntwo\nthree\n")
    expected = folder / "expected.txt"
    expected.write_text("standard input\none\ntwo\nthree\nthread-local destroyed\nat exit\n"
                        "global destroyed\n")
    for flags in (("--jobs=1",), ("--jobs=2",), ("--in-process",)):
        with text.open() as lines:
            result = subprocess.run(
                [str(BIN / "heddle"), "check", f"--expect-output={expected}", "--executions=40",
                 *flags, "--", "./ends", "standard input"],
                stdin=lines, capture_output=True, text=True, cwd=folder, timeout=300)
        assert result.returncode == 0, (flags, result.stdout, result.stderr)


def refusals(folder):
    for arguments, words in (
            ((), "`heddle check` needs a program: write `heddle check -- ./program`"),
            (("--",), "`heddle check` needs a program"),
            (("--", "./absent"), "there is no program ./absent"),
            (("--", "/bin/true"), "/bin/true is not built for Heddle: compile and link it with "
                                  "heddle-c++ or heddle-cc"),
            (("--", "./folder"), "./folder cannot be run"),
            (("--expect-output=absent.txt", "--", "./ends"), "there is no file absent.txt"),
            (("--schedule=h1.ends.AAAA", "--", "./ends"), "heddle: ")):
        said = check(*arguments, expect=2, folder=folder)
        assert words in said and said.count("\n") == 1, (arguments, said)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as path:
        where = pathlib.Path(path)
        a_race_in_a_program(where)
        ends(where)
        one_like_another(where)
        inputs(where)
        fresh_folders(where)
        standard_input(where)
        refusals(where)
