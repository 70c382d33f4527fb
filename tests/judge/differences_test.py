"""On which rows of memory_orders_table ThreadSanitizer says something else than Heddle, and why.

CELLS is proved by the same rows with the data in a word of its own: there it says the same.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "runtime"))
import harness  # noqa: E402  (found through the line above)
import other_build  # noqa: E402

CELLS = "it keeps four accesses of a word: those to the flag push out the one to the data"
FENCES = "it does not know what fences order: a false alarm"
SEQUENCE = "to it another task's relaxed store does not end a release sequence: a miss"
FREED = "to it free is a write as well, and races with the read"
DIFFERENCES = {
    "publication.relaxed_flag": (CELLS, set()),
    "publication.relaxed_store": (CELLS, set()),
    "publication.relaxed_load": (CELLS, set()),
    "fences.too_early": (CELLS, set()),
    "fences.of_signals": (CELLS, set()),
    "chain.relaxed": (CELLS, set()),
    "fences.both": (FENCES, {"data-race"}),
    "fences.seq_cst": (FENCES, {"data-race"}),
    "fences.acq_rel": (FENCES, {"data-race"}),
    "sequence.store": (SEQUENCE, set()),
    "bytes.deleted": (FREED, {"use-after-free", "data-race"}),
}


def unexpected(table):
    lines = harness.run(table, "verify", "--max-steps=300000", expect=harness.FAIL).decode()
    names = re.findall(r"^WRONG +(\S+)", lines, re.MULTILINE)
    assert re.findall(r"^ok +\S+", lines, re.MULTILINE), lines
    return set(names)


def main():
    reason = other_build.why_not()
    if reason:
        print(reason)
        return other_build.SKIPPED
    assert unexpected("memory_orders_table") == set(DIFFERENCES)
    for row, (why, kinds) in DIFFERENCES.items():
        report = harness.report("memory_orders_table", row, "--executions=100")
        seen = {finding["kind"] for finding in report["findings"]}
        assert seen == kinds, f"{row}: {seen}, though {why}"
    apart = {row for row, (why, _) in DIFFERENCES.items() if why != CELLS}
    assert unexpected("memory_orders_apart_table") == apart
    print(f"{len(DIFFERENCES)} rows differ, each for its reason")
    return 0


if __name__ == "__main__":
    sys.exit(main())
