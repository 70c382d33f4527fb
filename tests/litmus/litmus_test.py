"""Exhaustive search on small programs: the number of executions, one of each class, and the set of
outcomes are exactly those that are known, and those of the plain search."""

import json
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "runtime"))
import harness  # noqa: E402

# Complete executions under sequential consistency, on which Nidhugg and GenMC agree.
COUNTS = {
    "readers": {2: 4, 8: 256},
    "lastzero": {1: 2, 2: 5, 3: 12, 4: 28, 5: 64},
    "fib_bench": {2: 140, 3: 1698, 4: 19605},
    "indexer": {12: 8, 13: 64, 14: 512},
    "filesystem": {14: 2, 16: 8},
    "ainc": {n: math.factorial(n) for n in range(2, 7)},
    "binc": {n: math.factorial(n) ** 2 for n in range(2, 5)},
    "lockinc": {n: math.factorial(n) for n in range(2, 6)},
    "cas": {n: n for n in range(2, 6)},
    "casw": {2: 6, 3: 66, 4: 1200},
    "writes": {n: math.comb(2 * n, n) for n in range(1, 6)},
    "atomic_writes": {n: math.comb(2 * n, n) for n in range(1, 6)},
}
# Sizes at which the plain search is done soon.
PLAIN = {
    "readers": (2,), "lastzero": (1, 2), "fib_bench": (2,), "indexer": (), "filesystem": (),
    "ainc": (2, 3, 4), "binc": (2, 3), "lockinc": (2, 3), "cas": (2, 3, 4), "casw": (2, 3),
    "writes": (1, 2, 3), "atomic_writes": (1, 2, 3),
}

# Under sequential consistency; by hand.
MEMORY = {
    "store_buffering": "01 10 11",
    "message_passing": "00 01 11",
    "load_buffering": "00 01 10",
    "iriw": "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1011 1100 1101 1110 1111",
    "two_plus_two_writes": "12 21 22",
    "s_shape": "01 02 11",
    "r_shape": "01 11 12",
    "coherence_reads": "00 01 02 11 12 21 22",
    "coherence_write_read": "11 12 22",
    "coherence_read_write": "01 02 21",
    "write_to_read_causality": "000 001 010 011 100 101 111",
    "read_to_write_causality": "000 001 010 011 101 110 111",
    "three_store_buffering": "001 010 011 100 101 110 111",
    "swap": "012 201",
    "lost_update": "1 2",
    "lost_update_of_three": "1 2 3",
    "neighbours": "11",
    "peterson": "000 010 100 110",
    "dekker": "000 010 100 110",
    "lamport_fast": "000 010 100 110",
}

# By hand as well; what ends in a deadlock or waits for ever states nothing.
WAITING = {
    "two_sections": "1 2", "nested": "1 2 3", "opposite": "1", "opposite_first": "1 2", "tries": "01 10 11",
    "lock_and_try": "0 1 2", "timed_lock": "0 1 2", "readers_and_writer": "00 01 10 11",
    "two_writers_one_reader": "01 02 11 12 21 22", "once": "1 2 3", "one_of_two_takes": "5 7",
    "posts_and_waits": "01 02 12 21", "too_few_posts": "10 11", "one_for_two": "",
    "one_for_two_who_lock": "", "waits_for_nobody": "", "barrier": "1 2",
    "hand_over": "0 1", "whom_to_wake": "12 21", "in_time": "0 1 2 3", "forgotten": "1",
    "values": "00 01 02 10 11 12", "value_decides": "12 21 22", "sleepers": "1 2 5 7",
    "compare_fails": "101 112",
}
# Of those that wait by trying, too: only outcomes are compared, as rounds that change nothing are
# left where they show, which depends on what stands in between.
SPINNING = {
    "test_and_set": "0011 0101 0110 1001 1010 1100",
    "yielding": "0011 0101 0110 1001 1010 1100",
    "ticket": "0011 0101 0110 1001 1010 1100",
    "trying": "0011 0101 0110 1001 1010 1100",
    "wait_for_flag": "1", "wait_for_one_of_two": "01 10 11", "wait_for_plain_flag": "1",
    "three_tries": "03 11 12 13", "increments_by_exchange": "2", "looks_under_lock": "1",
    "both_locks_at_once": "4 5", "philosophers": "4 5",
}


def search(table, name, *arguments):
    # The long ones without a worker, with whom each execution changes processes twice.
    where = ["--in-process"] if table.startswith("counts") or "--no-reduction" in arguments else []
    explored = harness.report(table, name, "--strategy=dfs", *arguments, *where)
    evidence = explored["evidence"]
    assert evidence["kind"] == "exhaustive", (name, arguments, evidence)
    if "--no-reduction" not in arguments:
        assert evidence["distinct_traces"] == evidence["executions"], (name, arguments, evidence)
    return explored


def outcomes_of(explored):
    return {outcome["value"] for outcome in explored.get("outcomes", [])}


def kinds_of(explored):
    return {finding["kind"] for finding in explored["findings"]}


def agrees_with_plain(table, name, *arguments):
    """The plain search sees the same classes, outcomes and findings."""
    reduced = search(table, name, *arguments)
    plain = search(table, name, "--no-reduction", *arguments)
    assert plain["evidence"]["distinct_traces"] == reduced["evidence"]["executions"], \
        (name, arguments, reduced["evidence"], plain["evidence"])
    assert outcomes_of(plain) == outcomes_of(reduced), \
        (name, outcomes_of(plain), outcomes_of(reduced))
    assert kinds_of(plain) == kinds_of(reduced), (name, kinds_of(plain), kinds_of(reduced))
    return reduced


def counts():
    for name, sizes in COUNTS.items():
        for size, count in sizes.items():
            found = search("counts_litmus_table", name, f"--threads={size}")["evidence"]["executions"]
            assert found == count, (name, size, found, count)
        for size in PLAIN[name]:
            agrees_with_plain("counts_litmus_table", name, f"--threads={size}")


def memory():
    for name, _ in harness.scenarios("memory_litmus_table"):
        reduced = agrees_with_plain("memory_litmus_table", name)
        expected = MEMORY[name]
        if expected is not None:
            assert outcomes_of(reduced) == set(expected.split()), (name, outcomes_of(reduced))


def waiting():
    for name, expected in WAITING.items():
        reduced = agrees_with_plain("waiting_litmus_table", name)
        assert outcomes_of(reduced) == set(expected.split()), (name, outcomes_of(reduced))


def spinning():
    for name, expected in SPINNING.items():
        reduced = search("spin_litmus_table", name)
        plain = search("spin_litmus_table", name, "--no-reduction")
        for explored in (reduced, plain):
            assert outcomes_of(explored) == set(expected.split()), (name, outcomes_of(explored))
        assert kinds_of(plain) == kinds_of(reduced), (name, kinds_of(plain), kinds_of(reduced))
    never = harness.report("spin_litmus_table", "never", "--strategy=dfs", "--max-steps=100000")
    assert kinds_of(never) == {"step-limit"}, never


def repeats_itself(table, explored, scenario):
    """Each outcome's schedule reproduces it, and so does each finding's."""
    for outcome in explored["outcomes"]:
        replayed = json.loads(harness.run(table, "replay", outcome["schedule"], "--format=json"))
        assert ", ".join(replayed["execution"]["outcome"]) == outcome["value"], (scenario, outcome)
        assert "divergence" not in replayed["execution"], (scenario, outcome)
    harness.replay_round_trip(table, explored)


def outcomes(name, *arguments):
    explored = json.loads(harness.run("heddle", "outcomes", name, "--format=json", *arguments))
    assert explored["evidence"]["kind"] == "exhaustive", explored["evidence"]
    assert explored["strategy"]["name"] == "dfs", explored["strategy"]
    repeats_itself("heddle", explored, name)
    return outcomes_of(explored)


def scenarios():
    for tellers in (2, 3, 4):
        found = outcomes("bank.unlocked", f"--threads={tellers}")
        assert found == {f"balance = {n}" for n in range(1, tellers + 1)}, found
    found = outcomes("change_it.unlocked", "--rounds=1")
    assert found == {f"balance = {n}" for n in (-8, -5, -3, 0, 3, 5, 8)}, found
    page = harness.run("heddle", "outcomes", "change_it.unlocked", expect=harness.FAIL).decode()
    assert "change_it.unlocked  7 outcomes" in page and "exhaustive: all " in page, page
    assert page.count("replay  heddle replay h1.change_it.unlocked.") == 7, page
    for name, arguments in (("bank.locked", ["--threads=4"]), ("deadlock.ordered", [])):
        explored = search("heddle", name, *arguments)
        assert explored["verdict"] == "pass", explored
        page = harness.run("heddle", "run", name, "--strategy=dfs", *arguments).decode()
        assert "exhaustive: all " in page and "no spurious wake-ups" in page, page


def flags():
    bounded = harness.report("counts_litmus_table", "atomic_writes", "--strategy=dfs",
                             "--threads=2", "--preemptions=1")
    assert bounded["evidence"]["kind"] == "bounded", bounded["evidence"]
    # Of the 6 orders of 2 + 2 writes, 4 need at most one switch away from who could go on.
    assert bounded["evidence"]["distinct_traces"] == 4, bounded["evidence"]
    # Who polls under a lock goes round where the bound lets nobody else run: no execution without end.
    polling = harness.report("spin_litmus_table", "looks_under_lock", "--strategy=dfs",
                             "--preemptions=1")
    assert polling["evidence"]["kind"] == "bounded", polling
    assert outcomes_of(polling) == {"1"}, polling["outcomes"]
    part = harness.report("counts_litmus_table", "casw", "--strategy=dfs", "--threads=4",
                          "--executions=300")
    assert part["evidence"]["kind"] == "sampled", part["evidence"]
    assert 0.05 < part["evidence"]["share_explored"] < 0.8, part["evidence"]
    once = harness.run("counts_litmus_table", "run", "cas", "--strategy=dfs", "--format=json")
    assert once == harness.run("counts_litmus_table", "run", "cas", "--strategy=dfs",
                               "--format=json")
    late = harness.report("waiting_litmus_table", "sleepers", "--strategy=dfs")
    assert outcomes_of(late) == {"1", "2", "5", "7"}, late["outcomes"]


def main():
    counts()
    memory()
    waiting()
    spinning()
    scenarios()
    flags()


if __name__ == "__main__":
    main()
