"""Equal options give equal bytes: in a worker or without, in another process, directory,
environment and under load.

The environment variable HEDDLE_FULL_MATRIX=1 (or the argument --full) asks for 50 seeds and 500
processes instead of a few.
"""

import concurrent.futures
import contextlib
import multiprocessing
import os
import sys
import tempfile

import harness

FULL = "--full" in sys.argv or os.environ.get("HEDDLE_FULL_MATRIX") == "1"
SEEDS = range(1, 51) if FULL else range(7, 8)
PROCESSES = 500 if FULL else 100
# Sizes that keep one call short; the flags are part of what is compared.
FEW = ("--executions=40", "--after=5", "--max-steps=200000")


def other_environment():
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": "/nonexistent", "PADDING": "x" * 3000,
            "HEDDLE_BINARY_DIR": str(harness.BINARY_DIR)}


def spin(stop):
    while not stop.is_set():
        pass


class Load:
    """Keeps cores busy: all of them in the full matrix, else one. Used where executions are few: it
    takes from what is tested as long as it lasts."""

    def __enter__(self):
        self.stop = multiprocessing.Event()
        self.tasks = [multiprocessing.Process(target=spin, args=(self.stop,), daemon=True)
                      for _ in range(os.cpu_count() if FULL else 1)]
        for task in self.tasks:
            task.start()

    def __exit__(self, *_):
        self.stop.set()
        for task in self.tasks:
            task.join()


def matrix():
    return [(scenario, strategy, seed) for scenario, _ in harness.scenarios("heddle")
            for strategy in ("random", "pct", "pos", "portfolio") for seed in SEEDS]


def explore_all(cells, environment, folder, *flags):
    def explore(cell):
        scenario, strategy, seed = cell
        return harness.run("heddle", "run", scenario, "--format=json", f"--strategy={strategy}",
                           f"--seed={seed}", *FEW, *flags, environment=environment, folder=folder)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(explore, cells))


def explorations_are_equal():
    cells = matrix()
    here = explore_all(cells, None, None, "--in-process")
    with tempfile.TemporaryDirectory() as folder, Load() if FULL else contextlib.nullcontext():
        there = explore_all(cells, other_environment(), folder)
    different = [cell for cell, one, other in zip(cells, here, there) if one != other]
    assert not different, f"{len(different)} of {len(cells)} differ: {different[:5]}"


def races_are_always_found():
    """Two tasks, one increment, one decrement: the same report from each of many processes."""
    arguments = ("run", "trivial.race", "--format=json", "--executions=100")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = list(pool.map(
            lambda _: harness.run("pointers_table", *arguments, expect=harness.FAIL),
            range(PROCESSES)))
    assert len(set(reports)) == 1, f"{len(set(reports))} different reports"
    assert b'"data-race"' in reports[0]


def pointers_order_nothing():
    """What orders itself by addresses does the same in each process."""
    arguments = ("run", "pointers.set", "--format=json", "--keep-going", "--executions=50")
    with tempfile.TemporaryDirectory() as folder:
        reports = {harness.run("pointers_table", *arguments, folder=place, environment=environment)
                   for place, environment in ((None, None), (folder, other_environment()))
                   for _ in range(10)}
    assert len(reports) == 1, f"{len(reports)} different reports in 20 processes"


def replays_are_equal():
    """The schedule of a found bug gives the same bytes anywhere."""
    seeds = range(1, 21) if FULL else range(1, 2)
    for seed in seeds:
        explored = harness.report("heddle", "bank.unlocked", f"--seed={seed}", expect=harness.FAIL)
        kinds = {finding["kind"] for finding in explored["findings"]}
        assert {"data-race", "check-failed"} <= kinds, kinds
        schedule = explored["findings"][0]["schedule"]
        with tempfile.TemporaryDirectory() as folder, Load():
            replays = {harness.run("heddle", "replay", schedule, folder=place,
                                   environment=environment)
                       for place, environment in ((None, None), (folder, other_environment()))
                       for _ in range(10)}
        assert len(replays) == 1, f"{len(replays)} different replays of {schedule}"


if __name__ == "__main__":
    explorations_are_equal()
    races_are_always_found()
    pointers_order_nothing()
    replays_are_equal()
