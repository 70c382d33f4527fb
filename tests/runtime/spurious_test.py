"""--spurious=N bounds the spurious wake-ups of one wait: the calls of a loop share the bound."""

import harness


def main():
    for bound in (0, 1, 3):
        explored = harness.report("waiting_table", "condition.spurious_count",
                                  f"--spurious={bound}", "--executions=2000", "--strategy=random")
        seen = {int(outcome["value"]) for outcome in explored["outcomes"]}
        assert seen == set(range(bound + 1)), (bound, explored["outcomes"])


if __name__ == "__main__":
    main()
