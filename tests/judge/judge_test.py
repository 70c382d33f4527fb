"""ThreadSanitizer as judge: what it finds, where it is silent, and what its findings look like."""

import concurrent.futures
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "runtime"))
import harness  # noqa: E402  (found through the line above)

SKIPPED = 77
SILENT = (("heddle", "bank.locked", "--threads=2"), ("heddle", "change_it.locked"),
          ("heddle", "deadlock.ordered"), ("heddle", "ticket_file.locked"),
          ("judge_table", "locks.same"), ("judge_table", "flag.release"),
          ("judge_table", "memory.blocks"), ("judge_table", "memory.reused"),
          ("thread_features_table", "own.thread_locals"),
          ("thread_features_table", "own.destructor_order"),
          ("thread_features_table", "exceptions.switching"),
          ("thread_features_table", "exceptions.nested"),
          ("thread_features_table", "exceptions.pointers"))
RACES = {"bank.unlocked": ("scenarios/bank/unlocked.cc", {16, 18}),
         "change_it.unlocked": ("scenarios/change_it/unlocked.cc", {13, 14})}


def is_second_judge():
    cache = pathlib.Path(os.environ["HEDDLE_BUILD_DIR"], "CMakeCache.txt").read_text()
    return "HEDDLE_JUDGE:STRING=tsan" in cache


def of_kind(report, kind):
    return [finding for finding in report["findings"] if finding["kind"] == kind]


def check_silent(row):
    table, scenario, *arguments = row
    report = harness.report(table, scenario, "--executions=1000", *arguments, expect=harness.PASS)
    assert not report["findings"], f"{scenario}: {report['findings']}"
    assert report["evidence"]["executions"] == 1000, report["evidence"]


def check_race(scenario, file, lines):
    """In every one of 100 executions, with the user's lines; by replay of its minimal schedule, too."""
    report = harness.report("heddle", scenario, "--executions=100", "--keep-going",
                            expect=harness.FAIL)
    races = of_kind(report, "data-race")
    assert races, f"{scenario}: no data race"
    most = max(finding["count"] for finding in races)
    assert most == 100, f"{scenario}: in {most} of 100 executions"
    for finding in races:
        assert finding["judge"] == "tsan" and finding["minimal"], finding
        for access in finding["operations"]:
            assert access["file"] == file, access
            assert access["line"] in lines, access
            assert access["task"], access
    for finding in of_kind(report, "check-failed"):
        assert finding["judge"] == "heddle", finding
    harness.replay_round_trip("heddle", report)


def check_hand_off():
    """The same deposits: seen where nothing orders them, hidden by a hand-off through locks."""
    free = harness.report("judge_table", "hand_off.none", "--executions=100", "--keep-going",
                          expect=harness.FAIL)
    assert max(finding["count"] for finding in of_kind(free, "data-race")) == 100, free["findings"]
    locks = harness.report("judge_table", "hand_off.locks", "--executions=100", "--keep-going",
                           expect=harness.FAIL)
    assert [finding["kind"] for finding in locks["findings"]] == ["check-failed"], locks["findings"]
    assert locks["findings"][0]["count"] == 100, locks["findings"]


def check_lock_order():
    report = harness.report("judge_table", "locks.opposite", "--executions=100", "--keep-going",
                            expect=harness.PASS)
    (cycle,) = report["findings"]
    assert (cycle["kind"], cycle["severity"], cycle["judge"], cycle["count"]) == \
        ("lock-order-cycle", "warning", "tsan", 100), cycle
    assert "left" in cycle["message"] and "right" in cycle["message"], cycle["message"]
    both = harness.report("heddle", "deadlock.lock_order", "--executions=200", "--keep-going",
                          expect=harness.FAIL)
    counts = {finding["kind"]: finding["count"] for finding in both["findings"]}
    # Each execution ends in the deadlock, or has taken the locks in both orders.
    assert counts["deadlock"] + counts["lock-order-cycle"] == 200, counts


def check_files():
    """The mistake lies in a file: there is nothing for ThreadSanitizer to see."""
    report = harness.report("heddle", "ticket_file.unlocked", expect=harness.FAIL)
    seen = {(finding["judge"], finding["kind"]) for finding in report["findings"]}
    assert seen == {("heddle", "check-failed")}, report["findings"]


def main():
    if not is_second_judge():
        print("Heddle's own detector judges here")
        return SKIPPED
    for scenario, (file, lines) in RACES.items():
        check_race(scenario, file, lines)
    check_hand_off()
    check_lock_order()
    check_files()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(check_silent, SILENT))
    print(f"{len(RACES)} races in every execution, {len(SILENT)} scenarios silent")
    return 0


if __name__ == "__main__":
    sys.exit(main())
