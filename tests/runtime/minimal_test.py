"""Findings are 1-minimal: without any one of its schedule's switches the finding is not there."""

import json
import subprocess
import time

import harness

# What makes the mistake come out: enough switches, and not too few threads.
SCENARIOS = (("bank.unlocked", "--threads=2"), ("bank.unlocked", "--threads=100"),
             ("change_it.unlocked",), ("queue.hasty",), ("deadlock.lock_order",))


def without_one(schedule):
    result = subprocess.run([str(harness.BINARY_DIR / "schedule_without"), schedule],
                            capture_output=True, text=True, check=True, timeout=60)
    return result.stdout.split()


def shows(finding, schedule):
    replayed = json.loads(harness.run("heddle", "replay", schedule, "--format=json"))
    return any(again["kind"] == finding["kind"] and places(again) == places(finding)
               for again in replayed["findings"])


def places(finding):
    """The lines of the two accesses of a race; a check that fails is known by its kind here."""
    if finding["kind"] != "data-race":
        return None
    return sorted((operation["file"], operation["line"], operation["kind"])
                  for operation in finding["operations"])


def main():
    entries = 0
    for scenario, *sizes in SCENARIOS:
        began = time.monotonic()
        explored = harness.report("heddle", scenario, *sizes)
        with_minimising = time.monotonic() - began
        began = time.monotonic()
        harness.report("heddle", scenario, *sizes, "--no-minimize")
        # 2 s on a machine of its own; tests run beside others.
        assert with_minimising - (time.monotonic() - began) < 10, (scenario, sizes)
        assert explored["findings"], scenario
        for finding in explored["findings"]:
            assert shows(finding, finding["schedule"]), finding["replay"]
            for shorter in without_one(finding["schedule"]):
                entries += 1
                assert not shows(finding, shorter), (finding["replay"], shorter)
    assert entries >= 5, entries


if __name__ == "__main__":
    main()
