"""A schedule that is too long for a line is kept in a file, which the replay command names."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile

HEDDLE = str(pathlib.Path(os.environ["HEDDLE_BINARY_DIR"], "heddle"))
LONG = ("run", "bank.unlocked", "--no-minimize", "--points=all", "--strategy=random", "--seed=3")


def heddle(folder, *arguments, expect=1, said=""):
    result = subprocess.run([HEDDLE, *arguments], cwd=folder, capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, timeout=120)
    assert result.returncode == expect, (arguments, result.returncode, result.stderr)
    assert re.fullmatch(said, result.stderr), result.stderr
    return result.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        text = heddle(folder, *LONG)
        assert max(map(len, text.splitlines())) < 200, text
        command, file = re.search(r"replay  heddle (replay bank\.unlocked --schedule=@(\S+))$", text,
                                  re.MULTILINE).groups()
        assert re.fullmatch(r"heddle-bank\.unlocked-[0-9a-f]{8}\.schedule", file), file
        first = json.loads(heddle(folder, *LONG, "--format=json"))["findings"][0]
        assert pathlib.Path(folder, file).read_text() == first["schedule"] + "\n"
        assert first["replay"] == f"heddle {command}", first["replay"]
        shown = heddle(folder, *shlex.split(command))
        assert first["message"].split(",")[0] in " ".join(shown.split()), shown
        short = heddle(folder, "run", "bank.unlocked")
        assert "@" not in short and set(os.listdir(folder)) >= {file}, short
        found = set(os.listdir(folder))
        heddle(folder, "run", "bank.locked", expect=0)  # its outcomes' schedules are not shown
        assert set(os.listdir(folder)) == found, os.listdir(folder)
        assert heddle("/proc", *LONG, said=r"(heddle: cannot write /proc/heddle-\S+ \(.*\): write it "
                      r'by hand, from "schedule" of the JSON report\n)+') == text


if __name__ == "__main__":
    main()
