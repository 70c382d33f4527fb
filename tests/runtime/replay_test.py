"""Each finding of each table replays from its schedule to the same finding, twice with equal bytes."""

import concurrent.futures
import os

import harness

TABLES = ("heddle", "deadlocks_table", "library_table", "memory_orders_table", "spin_table")
MOST_STEPS = "--max-steps=50000"  # what does not end takes all of them


def check(cell):
    table, scenario = cell
    explored = harness.report(table, scenario, "--after=20", "--in-process", MOST_STEPS,
                              expect=harness.FAIL)
    harness.replay_round_trip(table, explored, MOST_STEPS)


def main():
    cells = [(table, scenario) for table in TABLES
             for scenario, expectation in harness.scenarios(table) if expectation != "pass"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(check, cells))
    print(f"the findings of {len(cells)} scenarios replay")


if __name__ == "__main__":
    main()
