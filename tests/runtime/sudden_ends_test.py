"""A worker that somebody kills: no finding, nothing lost, nothing left behind. What the program does
to its own process: the same bytes each time, and a schedule that does it again."""

import json
import os
import pathlib
import random
import signal
import subprocess
import time

import harness

TABLE = harness.BINARY_DIR / "sudden_ends_table"


def workers_of(process):
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in children]


def folders_of(process):
    return [path for parent in ("/dev/shm", "/tmp")
            for path in pathlib.Path(parent).glob(f"heddle-{process:07}-*")]


def explore_and_kill(command, times, rng):
    """The report of a command whose workers are killed now and then, and how often they were."""
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL) as process:
        killed = 0
        while killed < times and process.poll() is None:
            time.sleep(rng.uniform(0.001, 0.02))
            for worker in workers_of(process.pid) if process.poll() is None else []:
                try:
                    os.kill(worker, signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
        report = json.loads(process.communicate(timeout=120)[0])
        assert not folders_of(process.pid), folders_of(process.pid)
        return report, killed


def without_restarts(explored):
    """A new worker has to find out anew which memory tasks share: dfs looks at it once more."""
    explored["evidence"].pop("worker_restarts", None)
    if explored["strategy"]["name"] == "dfs":
        explored["evidence"].pop("choice_points", None)
    return explored


def killed_from_outside():
    rng = random.Random(1)
    seen = 0
    for table, name, arguments in (
            ("heddle", "bank.locked", ("--threads=3", "--executions=4000")),
            ("heddle", "queue.hasty", ("--keep-going", "--executions=1500")),
            ("counts_litmus_table", "casw", ("--threads=4", "--strategy=dfs"))):
        command = [harness.BINARY_DIR / table, "run", name, *arguments, "--format=json"]
        undisturbed = without_restarts(harness.report(table, name, *arguments))
        for _ in range(3):
            explored, killed = explore_and_kill(command, 5, rng)
            restarts = explored["evidence"].get("worker_restarts", 0)
            assert restarts <= killed, (name, restarts, killed)
            seen += restarts
            assert without_restarts(explored) == undisturbed, (name, explored, undisturbed)
    assert seen > 0


def own_doing():
    for name in ("sudden.kill_in_task", "sudden.end_in_task"):
        first = harness.run("sudden_ends_table", "run", name, "--format=json")
        assert first == harness.run("sudden_ends_table", "run", name, "--format=json"), name
        explored = json.loads(first)
        assert "worker_restarts" not in explored["evidence"], explored["evidence"]
        (finding,) = explored["findings"]
        assert finding["kind"] == "crash", finding
        harness.replay_round_trip("sudden_ends_table", explored, first_flags=())


def searched():
    """dfs goes on from where the program ended its process, and comes to its end."""
    explored = harness.report("sudden_ends_table", "sudden.end_in_task", "--strategy=dfs")
    assert explored["strategy"]["ended_by"] == "exhausted", explored
    assert [finding["kind"] for finding in explored["findings"]] == ["crash"], explored


def supervisor_killed():
    """No process is left behind."""
    with subprocess.Popen([TABLE, "run", "sudden.loop_in_task"], stdout=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL) as process:
        while not (workers := workers_of(process.pid)):
            time.sleep(0.01)
        process.kill()
    deadline = time.monotonic() + 10
    while any(pathlib.Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline, workers
        time.sleep(0.01)


if __name__ == "__main__":
    killed_from_outside()
    own_doing()
    searched()
    supervisor_killed()
