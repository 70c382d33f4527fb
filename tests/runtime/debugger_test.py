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
source {commands}
break bank::deposit
{once}
{once}
"""
# The execution is run more than once for its report.
ONCE = """enable
run
backtrace 2
heddle backtraces
continue
backtrace 2
heddle tasks
heddle task 0 frame function bank::unlocked
backtrace 1
disable
continue"""
COMMANDS = harness.SOURCE_DIR / "harness/packaging/heddle-gdb.py"


def gdb(*arguments):
    return subprocess.run(["gdb", "-nx", "-batch", *arguments], capture_output=True, text=True,
                          timeout=300, stdin=subprocess.DEVNULL).stdout


def main():
    if "exited normally" not in gdb("-ex", "run", "--args", "true"):
        print("no process can be traced here")
        sys.exit(77)
    finding = harness.report("heddle", "bank.unlocked", "--threads=2")["findings"][0]
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as script:
        script.write(SCRIPT.format(once=ONCE, commands=COMMANDS))
        script.flush()
        said = gdb("-x", script.name, "--args", harness.BINARY_DIR / "heddle", "replay",
                   "--in-process", finding["schedule"])
    callers = re.findall(r"^#1 .*bank::teller \(number=(\d)\) at .*unlocked\.cc:\d+$", said, re.M)
    first, again, second = callers[:3]  # twice by gdb, and by `heddle backtraces`
    assert first == again and sorted((first, second)) == ["1", "2"], said
    assert callers[3:] == callers[:3], said
    waiting = r"task 0 waits in join\n#\d+ .*pthread_join \(\)\n(#.*\n)*#\d+ .* in bank::unlocked"
    assert len(re.findall(waiting, said)) == 2, said
    assert said.count(f"task {second} can go on\n  it has not begun\n") == 2, said
    assert len(re.findall(rf"^  task {first} \(teller-\d\) waits in sleep$", said, re.M)) == 2, said
    assert len(re.findall(rf"^\* task {second} \(teller-\d\) runs$", said, re.M)) == 2, said
    assert len(re.findall(r"^#\d+ .* in bank::unlocked .*unlocked\.cc:\d+$", said, re.M)) == 4, said
    assert said.count(finding["message"].split(",")[0]) >= 2, said  # each run comes to its report
    assert len(re.findall(r"exited with code 01", said)) == 2, said


if __name__ == "__main__":
    main()
