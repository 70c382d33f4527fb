"""What hostile_test.py and hostile_programs_test.py share. Whatever a program does to its harness is
a finding with a schedule that does it again, or nothing; what else is explored is not affected, and
nothing is left behind.

    hostile_test.py [NAME…]     all acts, or these (hostile_acts.h)
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"])
SOURCES = pathlib.Path(os.environ["HEDDLE_SOURCE_DIR"], "tests")
MOST_SECONDS = 20
TASKS = 5
EXECUTIONS = 1600  # of which the 434th is the first in which the tasks come in the hostile order
FLAGS = (f"--executions={EXECUTIONS}", "--keep-going", "--max-steps=100000", "--jobs=1")
STATUS = {"pass": 0, "not-modelled": 3, "nondeterminism": 3}
# By whom the task was called that crashed, innermost first.
CALLS = {"segfault": ["store", "store_twice", "segfault"], "abort": ["call_abort"],
         "assert": ["fail_assertion"], "terminate": ["terminate"], "overflow": ["deeper"] * 16,
         "ignore_and_crash": [], "raw_kill_itself": [], "jump": ["jump"]}


def processes():
    """The living, by id, with what they were when they started."""
    found = {}
    for path in pathlib.Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                stat = (path / "stat").read_text()
                found[int(path.name)] = stat[stat.index("("):stat.rindex(")")]
            except OSError:
                pass
    return found


def left_behind(pid):
    return [str(path) for parent in ("/dev/shm", "/tmp")
            for path in pathlib.Path(parent).glob(f"heddle-{pid:07}-*")]


def run(command, folder, expect):
    """The report, of a run after which nothing is left: processes, shared memory, folders."""
    with (open("/dev/null", "rb") as inherited,  # hostile_acts.h asks that nobody sees it
          tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as error_output):
        process = subprocess.Popen([str(word) for word in command], stdout=output,
                                   stderr=error_output, stdin=subprocess.DEVNULL, cwd=folder,
                                   start_new_session=True, pass_fds=[inherited.fileno()])
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        error_output.seek(0)
        said, errors = output.read(), error_output.read()
    # Of processors: the clock on the wall says how loaded the machine is.
    seconds = used.ru_utime + used.ru_stime
    where = (" ".join(str(word) for word in command), process.returncode, errors)
    assert process.returncode == expect, (where, said[-2000:])
    assert errors == b"", where
    assert not left_behind(process.pid), (where, left_behind(process.pid))
    session = [pid for pid in processes() if session_of(pid) == process.pid]
    assert not session, (where, session)
    assert seconds < MOST_SECONDS, (where, seconds)
    return json.loads(said)


def session_of(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def errors_of(report):
    return sorted({finding["kind"] for finding in report["findings"]
                   if finding["severity"] == "error"})


def explore(name, command, program, expected, folder):
    """`program`: what stands after `--`, of a whole program."""
    began = time.monotonic()
    expect = STATUS.get(expected, 1)
    report = run([*command, "--format=json", *FLAGS, *program], folder, expect)
    kinds = errors_of(report)
    assert kinds == ([] if expected == "pass" else [expected]), (name, kinds, report["findings"])
    done = report["evidence"]["executions"]
    if expected != "not-modelled":
        assert done == EXECUTIONS, (name, done)
    if expected == "nondeterminism":
        return  # noticed later than done, so that no schedule shows it
    for finding in report["findings"]:
        if finding["severity"] != "error":
            continue
        assert finding["count"] < done / 5, (name, finding["count"], done)
        if name in CALLS:
            check_calls(name, finding.get("stack", []))
        schedule = finding["schedule"]
        again = run(replay_of(command, schedule, program), folder, expect)
        shown = [(one["kind"], one["message"]) for one in again["findings"]]
        assert (finding["kind"], finding["message"]) in shown, (name, finding["message"], shown)
    print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)


def check_calls(name, stack):
    if not CALLS[name]:
        assert not stack, (name, stack)  # who was killed has told nothing
        return
    functions = [f"hostile::{function}" for function in CALLS[name]]
    assert [place["function"] for place in stack[:len(functions)]] == functions, (name, stack)
    for place in stack[:len(functions)]:
        assert place["file"].endswith("hostile_acts.h") and place["line"] > 0, (name, place)


def replay_of(command, schedule, program):
    if program:
        return [*command, f"--schedule={schedule}", "--format=json", "--max-steps=100000", *program]
    return [command[0], "replay", schedule, "--format=json", "--max-steps=100000"]


def acts():
    """(name, kind in a body, kind as a whole program) of each."""
    listed = subprocess.run([BIN / "hostile_table", "list"], capture_output=True, text=True,
                            check=True).stdout
    return re.findall(r"^hostile\.(\w+) +([a-z-]+).*?whole program: ([a-z-]+)", listed,
                      re.MULTILINE | re.DOTALL)


def wanted_acts():
    table = acts()
    assert len(table) > 20, table
    return [row for row in table if not sys.argv[1:] or row[0] in sys.argv[1:]]


def of_each(explore_act):
    """Some acts take a processor, and some only wait to be stopped."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        for _ in pool.map(explore_act, wanted_acts()):
            pass


def bodies():
    def explore_act(act):
        name, in_body, _ = act
        command = [BIN / "hostile_table", "run", f"hostile.{name}", f"--threads={TASKS}"]
        with tempfile.TemporaryDirectory() as folder:
            explore(name, command, [], in_body, folder)

    of_each(explore_act)


def programs():
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        subprocess.run([BIN / "heddle-c++", "-std=c++17", f"-I{SOURCES}",
                        SOURCES / "check/hostile.cc", "-o", folder / "hostile"], check=True)

        def explore_act(act):
            name, _, in_program = act
            explore(name, [BIN / "heddle", "check"], ["--", "./hostile", name, TASKS], in_program,
                    folder)

        of_each(explore_act)
