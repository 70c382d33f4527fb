"""A schedule under gdb: breakpoints in threads, their backtraces, and the same once more."""

import re
import subprocess
import sys
import tempfile

import harness

SCRIPT = """
set pagination off
set confirm off
set debuginfod enabled off
break bank::deposit
{once}
{once}
"""
# The execution is run more than once for its report.
ONCE = "enable\nrun\nbacktrace 2\ncontinue\nbacktrace 2\ndisable\ncontinue"


def gdb(*arguments):
    return subprocess.run(["gdb", "-nx", "-batch", *arguments], capture_output=True, text=True,
                          timeout=300, stdin=subprocess.DEVNULL).stdout


def main():
    if "exited normally" not in gdb("-ex", "run", "--args", "true"):
        print("no process can be traced here")
        sys.exit(77)
    finding = harness.report("heddle", "bank.unlocked", "--threads=2")["findings"][0]
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as script:
        script.write(SCRIPT.format(once=ONCE))
        script.flush()
        said = gdb("-x", script.name, "--args", harness.BINARY_DIR / "heddle", "replay",
                   "--in-process", finding["schedule"])
    callers = re.findall(r"^#1 .*bank::teller \(number=(\d)\) at .*unlocked\.cc:\d+$", said, re.M)
    assert sorted(callers[:2]) == ["1", "2"], said
    assert callers[2:] == callers[:2], said
    assert said.count(finding["message"].split(",")[0]) >= 2, said  # each run comes to its report
    assert len(re.findall(r"exited with code 01", said)) == 2, said


if __name__ == "__main__":
    main()
