#!/usr/bin/env python3
"""Holds tables of scenarios to more executions than ctest has time for.

    nice python3 tests/tools/litmus.py --jobs=2 build/clang/bin/*_table

Rows that expect `pass` must stay silent for --executions, the others must show exactly what they
expect within --budget, under each strategy and seed. Prints a line for each miss, then a table of
how many rows were right; exit status 1 if one was not.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import subprocess
import sys
import time

LONGEST_S = 3600


def rows_of(table):
    """(name, whether it expects `pass`) of each scenario."""
    listed = subprocess.run([table, "list"], capture_output=True, text=True, check=True).stdout
    words = [line.split() for line in listed.splitlines() if line and not line.startswith(" ")]
    return [(line[0], line[1] == "pass") for line in words]


def judge(call):
    """(whether the expectation was met, seconds, what was printed)."""
    begin = time.monotonic()
    try:
        result = subprocess.run(call, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return False, time.monotonic() - begin, f"took more than {LONGEST_S} s"
    return result.returncode == 0, time.monotonic() - begin, result.stdout + result.stderr


def calls(options):
    for table in options.tables:
        for name, right in rows_of(table):
            if options.only and options.only != ("right" if right else "wrong"):
                continue
            executions = options.executions if right else options.budget
            for strategy in options.strategies.split(","):
                for seed in options.seeds.split(","):
                    yield (strategy, right), [table, "verify", name, f"--strategy={strategy}",
                                              f"--seed={seed}", f"--executions={executions}"]


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", type=lambda name: str(pathlib.Path(name).resolve()),
                        help="binaries with tables of scenarios")
    parser.add_argument("--strategies", default="random,pct,pos,portfolio", help="[%(default)s]")
    parser.add_argument("--seeds", default="1", help="[%(default)s]")
    parser.add_argument("--executions", type=int, default=10_000, help="of rows that pass")
    parser.add_argument("--budget", type=int, default=1_000, help="of all others")
    parser.add_argument("--only", choices=["right", "wrong"], help="rows that pass, or all others")
    parser.add_argument("--jobs", type=int, default=1, help="calls at a time")
    parser.add_argument("--verbose", action="store_true", help="a line for each row")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    groups, all_calls = [], []
    for group, call in calls(options):
        groups.append(group)
        all_calls.append(call)
    done, met, seconds = (collections.Counter() for _ in range(3))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for group, call, (right, took, text) in zip(groups, all_calls, pool.map(judge, all_calls)):
            done[group] += 1
            met[group] += right
            seconds[group] += took
            if not right:
                print(f"MISS {' '.join(call)}\n{text}", flush=True)
            elif options.verbose:
                print(f"ok   {took:7.1f} s  {' '.join(call)}", flush=True)
    print(f"{'strategy':<12} {'rows':<6} {'executions':>10} {'as expected':>12} {'seconds':>9}")
    for strategy, passes in done:
        group = (strategy, passes)
        executions = options.executions if passes else options.budget
        print(f"{strategy:<12} {'right' if passes else 'wrong':<6} {executions:>10} "
              f"{f'{met[group]}/{done[group]}':>12} {seconds[group]:>9.0f}")
    return 0 if done and met == done else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
