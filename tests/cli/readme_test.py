"""What README.md shows is what happens.

- Every ```console block: the lines after "$ " are run in one shell, in the source folder with the
  build's programs in PATH; what they print is compared with what stands below them.
- Every ```cpp block after <!-- from FILE -->: the lines stand in that file, one after the other.

HEDDLE_UPDATE_GOLDEN=1 in the environment writes what is printed into README.md instead. The last
part of a schedule string is bound to the build, so it is not compared. What is shown comes from the
default preset; another compiler's program takes other steps, so there the test is skipped.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys

SOURCE_DIR = pathlib.Path(os.environ.get("HEDDLE_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
README = SOURCE_DIR / "README.md"

CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
LISTING = re.compile(r"^<!-- from (\S+) -->\n+```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BINARY_DIR = os.environ.get("HEDDLE_BINARY_DIR", SOURCE_DIR / "build" / "default" / "bin")
SCHEDULE = re.compile(r"\b(h1\.\w+\.\w+\.)[\w-]+")
MARK = "\x1f"  # printed before each command's output


def run(commands):
    """What each of the commands prints, run one after the other by one shell."""
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith("HEDDLE_") and key not in ("COLUMNS", "NO_COLOR")}
    environment["PATH"] = f"{BINARY_DIR}:{environment['PATH']}"
    mark = "status=$?; printf '\\x1f'; (exit $status)"
    script = "".join(f"{mark}\n{command}\n" for command in commands)
    result = subprocess.run(["bash", "-c", script], cwd=SOURCE_DIR, env=environment, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    outputs = result.stdout.split(MARK)[1:]
    assert len(outputs) == len(commands), f"the shell gave up in: {commands}"
    return outputs


def session(block):
    """The block as it would be printed now."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    parts = [f"$ {command}\n{output}" for command, output in zip(commands, run(commands))]
    return "".join(part if part.endswith("\n") else part + "\n" for part in parts)


def differences(before, after):
    """Lines of a diff; none where only schedule strings differ."""
    masked = [SCHEDULE.sub(r"\1…", text).splitlines() for text in (before, after)]
    return list(difflib.unified_diff(*masked, "README.md", "what happens", lineterm=""))


def wrong_listings(text):
    return [f"README.md shows lines that are not in {path}"
            for path, lines in LISTING.findall(text)
            if lines not in (SOURCE_DIR / path).read_text(encoding="utf-8")]


def self_test():
    assert run(["echo a; x=b", "echo $x >&2"]) == ["a\n", "b\n"]
    assert session("$ echo new\nold\n") == "$ echo new\nnew\n"
    assert session("$ false\n$ echo $?\n0\n") == "$ false\n$ echo $?\n1\n"
    assert CONSOLE.findall("```console\n$ a\nb\n```\n```cpp\nc\n```\n") == ["$ a\nb\n"]
    assert not differences("replay h1.bank.locked.AQ-_", "replay h1.bank.locked.Bw")
    assert differences("replay h1.bank.locked.AQ-_", "replay h1.bank.unlocked.AQ-_")
    listing = "<!-- from tests/cli/readme_test.py -->\n```cpp\n{}\n```\n"
    assert not wrong_listings(listing.format("def self_test():"))
    assert wrong_listings(listing.format("no such " + "line"))


def main():
    self_test()
    before = README.read_text(encoding="utf-8")
    assert CONSOLE.search(before) and LISTING.search(before), "README.md shows nothing"
    after = CONSOLE.sub(lambda match: session(match.group()), before)
    wrong = wrong_listings(after)
    for complaint in wrong:
        print(complaint)
    changes = differences(before, after)
    if changes and os.environ.get("HEDDLE_UPDATE_GOLDEN"):
        README.write_text(after, encoding="utf-8")
        print("README.md rewritten")
    elif changes:
        print(*changes, sep="\n")
        print("if this is right: HEDDLE_UPDATE_GOLDEN=1 writes it")
        wrong.append("outdated")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
