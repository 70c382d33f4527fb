"""A schedule means the same in the presets clang and tsan.

The same explorations in both have equal executions, traces and outcomes; some schedules that each has
found are replayed in the other, and show every operation and access in the same order, with the
same values. So nothing that ThreadSanitizer does counts as the program's.
"""

import sys

import other_build

SEEDS = (1, 2)
REPLAYS = 2  # of those that each build has found, of each row and seed
# change_it's reports come in the middle of accesses that are points.
ROWS = (("change_it.unlocked",), ("change_it.unlocked", "--rounds=3"),
        ("change_it.unlocked", "--points=all"), ("change_it.locked", "--points=all"),
        ("bank.unlocked", "--threads=2"), ("bank.unlocked", "--threads=5", "--points=all"),
        ("bank.locked", "--threads=3"), ("deadlock.lock_order",), ("queue.hasty",),
        ("queue.patient", "--points=all"), ("ticket_file.unlocked", "--threads=3"))


def explore(binaries, row, seed):
    scenario, *arguments = row
    return other_build.ask(binaries, "heddle", "run", scenario, "--executions=40", "--keep-going",
                           f"--seed={seed}", *arguments)


def schedules_of(report):
    found = report["findings"] + report.get("outcomes", [])
    return {each["schedule"] for each in found if each.get("schedule")}


def replay(schedule):
    """Both replays; the number of operations."""
    own, here = (other_build.ask(binaries, "heddle", "replay", schedule)["execution"]
                 for binaries in (other_build.OWN, other_build.HERE))
    assert own == here, f"{schedule}: {own}\nis not\n{here}"
    assert own["operations"], schedule
    return len(own["operations"])


def compare(row, seed):
    """Some schedules that the two have found."""
    own, here = (explore(binaries, row, seed) for binaries in (other_build.OWN, other_build.HERE))
    assert own["evidence"] == here["evidence"], f"{row} --seed={seed}: {own['evidence']}\n" \
                                                f"is not\n{here['evidence']}"
    assert own.get("outcomes") == here.get("outcomes"), (row, seed)
    return sorted(schedules_of(own))[:REPLAYS] + sorted(schedules_of(here))[-REPLAYS:]


def main():
    reason = other_build.why_not("heddle")
    if reason:
        print(reason)
        return other_build.SKIPPED
    found = other_build.on_all_processors(compare, [(row, seed) for row in ROWS for seed in SEEDS])
    schedules = sorted(set().union(*found))
    assert len(schedules) > 30, schedules
    operations = other_build.on_all_processors(replay, [(schedule,) for schedule in schedules])
    print(f"{len(schedules)} schedules, {sum(operations)} operations: equal under both judges")
    return 0


if __name__ == "__main__":
    sys.exit(main())
