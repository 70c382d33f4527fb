"""Tasks are told by the names that the program gave them; findings of C++20 waits replay."""

import harness


def main():
    named = harness.report("cxx20_table", "names.named")
    names = [task["name"] for finding in named["findings"] for task in finding["tasks"]]
    assert names == ["reader", "writer"], names
    text = harness.run("cxx20_table", "run", "names.named").decode()
    assert "by writer at" in text and "by reader at" in text, text
    for table, scenario in (("lost_waits_table", "atomic.wide_untold"),
                            ("lost_waits_table", "semaphore.leaked"),
                            ("cxx20_table", "exit.promise_early"),
                            ("absl_table", "condvar.told_one"),
                            ("absl_table", "condition.never_comes")):
        explored = harness.report(table, scenario)
        assert explored["findings"], scenario
        harness.replay_round_trip(table, explored)


if __name__ == "__main__":
    main()
