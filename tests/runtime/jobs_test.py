"""What an exploration finds does not depend on how many processes run it, nor on what becomes of
these; nothing of them is left behind."""

import json
import os
import pathlib
import random
import signal
import subprocess
import time

import harness

EXPLORATIONS = (
    ("heddle", "bank.locked", ("--threads=2", "--strategy=pct")),
    ("heddle", "queue.hasty", ("--keep-going",)),
    ("heddle", "change_it.unlocked", ("--keep-going", "--no-minimize", "--strategy=pos")),
    ("heddle", "ticket_file.unlocked", ("--keep-going", "--no-minimize")),
)
LONG_ENOUGH = 0.8  # seconds, to be shared out


def seconds(table, name, arguments, executions):
    start = time.monotonic()
    harness.run(table, "run", name, *arguments, f"--executions={executions}", "--jobs=1")
    return time.monotonic() - start


def sized(table, name, arguments):
    """The arguments, with as many executions as take long enough here and now."""
    once, many = (min(seconds(table, name, arguments, executions) for _ in range(3))
                  for executions in (1, 1000))
    each = max(many - once, 1e-3) / 1000
    return (*arguments, f"--executions={int(LONG_ENOUGH / each) + 500}")


def children_of(process):
    try:
        return [int(child) for child in pathlib.Path(
            f"/proc/{process}/task/{process}/children").read_text().split()]
    except FileNotFoundError:
        return []


def left_behind(processes):
    folders = [path for parent in ("/dev/shm", "/tmp") for process in processes
               for path in pathlib.Path(parent).glob(f"heddle-{process:07}-*")]
    return folders + [process for process in processes if pathlib.Path(f"/proc/{process}").exists()]


def watched(table, name, arguments, jobs, at_mates):
    """Its report; calls `at_mates` with the mates that it has now and then."""
    command = [harness.BINARY_DIR / table, "run", name, *arguments, f"--jobs={jobs}",
               "--format=json"]
    seen = set()
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL) as process:
        while process.poll() is None:
            mates = [child for child in children_of(process.pid) if children_of(child)]
            seen.update(mates)
            at_mates(mates)
            time.sleep(0.01)
        report = json.loads(process.stdout.read())
    assert not left_behind(seen | {process.pid}), left_behind(seen | {process.pid})
    return report, seen


def equal_whatever_the_number():
    for table, name, flags in EXPLORATIONS:
        arguments = sized(table, name, flags)
        alone = harness.run(table, "run", name, *arguments, "--jobs=1", "--format=json")
        for jobs in (2, 3) if name == "queue.hasty" else (2,):
            cores = set()

            def look(mates):
                for mate in mates:
                    for worker in children_of(mate):
                        try:
                            cores.add(frozenset(os.sched_getaffinity(worker)))
                        except ProcessLookupError:
                            pass

            report, mates = watched(table, name, arguments, jobs, look)
            assert len(mates) == jobs, (name, jobs, mates)
            assert report == json.loads(alone), (name, jobs)
            usable = len(os.sched_getaffinity(0))
            pinned = {only for only in cores if len(only) == 1}
            assert usable == 1 or len(pinned) <= min(jobs, usable), (cores, jobs)


def equal_although_they_are_killed():
    rng = random.Random(1)
    for table, name, flags in EXPLORATIONS[:2]:
        arguments = sized(table, name, flags)
        alone = harness.report(table, name, *arguments, "--jobs=1")
        killed = 0

        def kill_some(mates):
            nonlocal killed
            for mate in mates:
                victims = [mate, *children_of(mate)]
                if killed < 6 and rng.random() < 0.1:
                    try:
                        os.kill(rng.choice(victims), signal.SIGKILL)
                        killed += 1
                    except ProcessLookupError:
                        pass

        report, _ = watched(table, name, arguments, 2, kill_some)
        assert killed > 0
        report["evidence"].pop("worker_restarts", None)
        assert report == alone, (name, report, alone)


def interrupted():
    """What was found so far is told, with all that belongs to it."""
    command = [str(harness.BINARY_DIR / "heddle"), "run", "bank.locked", "--executions=100000000",
               "--jobs=2", "--format=json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        while not (mates := [child for child in children_of(process.pid) if children_of(child)]):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        report = json.loads(process.communicate(timeout=60)[0])
    assert process.returncode == 130, process.returncode
    assert report["strategy"]["ended_by"] == "interrupted", report
    assert report["evidence"]["executions"] > 0 and not report["findings"], report
    assert not left_behind({process.pid, *mates})


if __name__ == "__main__":
    equal_whatever_the_number()
    equal_although_they_are_killed()
    interrupted()
