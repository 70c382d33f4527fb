"""Waiting by trying again, under each strategy: correct programs pass, racy ones end all the same; and
a time-out that needs its partner held back for long is found when --slack allows it."""

import harness


def main():
    for strategy in ("random", "pct", "pos"):
        for points in ("auto", "all"):
            # One of them in workers, as always outside of tests; forks take most of their time.
            where = [] if (strategy, points) == ("random", "auto") else ["--in-process"]
            harness.run("spin_table", "verify", f"--strategy={strategy}", f"--points={points}",
                        "--executions=1000", "--after=10", "--max-steps=100000", *where, expect=0)
    patient = harness.report("spin_table", "time.future", "--slack=1s")
    assert patient["verdict"] == "pass", patient
    hasty = harness.report("spin_table", "time.future", "--slack=10s")
    assert hasty["verdict"] == "fail", hasty
    messages = [finding["message"] for finding in hasty["findings"]]
    assert any("ready within 5 s" in message for message in messages), messages
    harness.replay_round_trip("spin_table", hasty)


if __name__ == "__main__":
    main()
