"""Measures Heddle against its targets: a row for each, with what was measured and whether it is met.

usage: bench.py [--smoke] [--only NAME] [--bin FOLDER]
FOLDER holds `heddle` and `engine_bench`. --smoke runs everything once, small, and judges nothing.
--only takes one row of the engine's: points-2 is the one with a target where ThreadSanitizer judges.
Exit status: 0, or 1 when a target is missed.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

REPEATS = 9

# Name, what it is, target, unit. A target in switches is divided by the bare switch of this run.
ENGINE = [
    ("step-2", "step, 2 tasks", 3, "switches"),
    ("step-10", "step, 10 tasks", 4, "switches"),
    ("step-100", "step, 100 tasks", 6, "switches"),
    ("two-deposits", "execution of two deposits", 60, "switches"),
    ("points-2", "the same, points at every access", 210, "switches"),
    ("bank-100", "bank.unlocked, 100 threads", 8000, "switches"),
    ("change-it-point", "change_it.unlocked, a point at the racy cell", 4, "switches"),
    ("access-same-epoch", "access, same epoch", 0.25, "switches"),
    ("access-slow-path", "access, slow path", 0.7, "switches"),
    ("tasks-1000", "1,000 tasks: create, lock, join", 5, "ms"),
    # Stage 2. What peers took, on the machine on which a switch took 47 ns: Relacy 4.2, 24 and
    # 0.5 us an execution, of which 2/3, 1/2 and twice as much are allowed; GenMC the times below.
    ("increments-2", "2 threads, 5 increments each, an execution", 60, "switches"),
    ("increments-8", "8 threads, 5 increments each, an execution", 255, "switches"),
    ("three-operations", "2 threads, 3 operations, an execution", 21, "switches"),
    ("search-fib_bench", "fib_bench(5), 218,243 executions", 1800, "ms"),
    ("search-readers", "readers(13), 8,192 executions", 730, "ms"),
    ("search-indexer", "indexer(15), 4,096 executions", 3950, "ms"),
    ("search-lastzero", "lastzero(10), 3,328 executions", 570, "ms"),
]

# Arguments, expected exit status, target, unit.
PROCESS = [
    ("run of a passing scenario, 1 execution", ["run", "bank.locked", "--executions=1"], 0, 60),
    ("a finding: replay, symbols, report", ["run", "deadlock.lock_order"], 1, 500),
    ("verify", ["verify"], 0, 20_000),
]
PEAK = ("peak memory, bank with 100 threads", ["run", "bank.unlocked", "--threads=100"], 1, 64)


def run(command, status):
    """Milliseconds of processor time, and the peak of resident memory in MB."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
    if process.returncode != status:
        raise SystemExit(f"bench: {' '.join(map(str, command))} ended with status "
                         f"{process.returncode} instead of {status}")
    return (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss / 1024


def spread(values):
    values = sorted(values)
    return values[0], values[len(values) // 2], values[-1]


def engine_rows(folder, smoke, only):
    command = [folder / "engine_bench"] + (["--smoke"] if smoke else []) + ([only] if only else [])
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured = {row["name"]: row for row in map(json.loads, output.splitlines())}
    switch = measured["switch"]
    units = {key: switch[key][1] for key in ("native_ns", "wrfsbase_ns")}
    print(f"a bare switch: {units['native_ns']:.0f} ns on this machine, "
          f"{units['wrfsbase_ns']:.0f} ns with wrfsbase\n")
    for name, what, target, unit in ENGINE:
        if only not in (None, name):
            continue
        row = measured[name]
        for key, machine in (("wrfsbase_ns", ""), ("native_ns", "  … on this machine")):
            divisor = units[key] if unit == "switches" else 1e6
            yield machine or what, target, unit, [value / divisor for value in row[key]], not machine


def process_rows(folder, smoke, only):
    if only:
        return
    repeats = 1 if smoke else REPEATS
    heddle = folder / "heddle"
    for what, arguments, status, target in PROCESS:
        if smoke and arguments == ["verify"]:
            continue
        times = [run([heddle, *arguments], status)[0] for _ in range(repeats)]
        yield what, target, "ms", spread(times), True
    what, arguments, status, target = PEAK
    peaks = [run([heddle, *arguments], status)[1] for _ in range(repeats)]
    yield what, target, "MB", spread(peaks), True


# Times of an execution, one way divided by another, turn about: the flags of both, and the target.
RATIOS = [
    ("an execution in a worker / in process", ["--jobs=1"], ["--in-process"], 1 / 0.8),
    ("an execution with 2 jobs / with 1", ["--jobs=2"], ["--jobs=1"], 1 / 1.8),
]


def execution_time(heddle, executions, flags):
    command = [heddle, "run", "bank.locked", "--threads=2", f"--executions={executions}",
               "--verbose", "--format=json", *flags]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return 1 / report["statistics"]["executions_per_second"]


def ratio_rows(folder, smoke, only):
    if only:
        return
    heddle, executions, repeats = folder / "heddle", 2000 if smoke else 100_000, 1 if smoke else 5
    for what, one, other, target in RATIOS:
        if "--jobs=2" in one and len(os.sched_getaffinity(0)) < 2:
            continue
        ratios = [execution_time(heddle, executions, one) /
                  execution_time(heddle, executions, other) for _ in range(repeats)]
        yield what, target, "times", spread(ratios), True


def main():
    parser = argparse.ArgumentParser(description="Measures Heddle against its targets.")
    parser.add_argument("--smoke", action="store_true", help="once, small, without judgement")
    parser.add_argument("--only", choices=[row[0] for row in ENGINE], help="one row")
    parser.add_argument("--bin", type=pathlib.Path, help="where heddle and engine_bench are",
                        default=os.environ.get("HEDDLE_BINARY_DIR", "build/default/bin"))
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.bin).resolve()
    missed = 0
    print(f"{'':46}{'target':>8} {'min':>9} {'median':>9} {'max':>9}")
    for rows in (engine_rows, process_rows, ratio_rows):
        for what, target, unit, (low, median, high), judged in rows(
                folder, arguments.smoke, arguments.only):
            met = median <= target
            missed += judged and not met
            verdict = ("ok" if met else "MISSED") if judged else ""
            print(f"{what:46}{target:8.4g} {low:9.2f} {median:9.2f} {high:9.2f} {unit:9}{verdict}",
                  flush=True)
    return 1 if missed and not arguments.smoke else 0


if __name__ == "__main__":
    sys.exit(main())
