"""Exhaustive search on small programs: the number of executions, one of each class, and the set of
outcomes are exactly those that are known, and those of the plain search."""

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
    "lamport_fast": None,
}


def search(table, name, *arguments):
    explored = harness.report(table, name, "--strategy=dfs", *arguments)
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


def main():
    counts()
    memory()


if __name__ == "__main__":
    main()
