"""A failed check names the mistake behind it where its steps prove one, and never without."""

import harness

TABLE = "causes_table"
# (mistake, what the explanation must name, whether a data race stands behind it)
EXPECTED = {
    "update.plain": ("lost-update", ["count"], True),
    "update.get_set": ("lost-update", ["account.balance_", "account.mutex_", "not in between"],
                       False),
    "update.atomic_steps": ("lost-update", ["hits"], False),
    "act.on_atomic": ("check-then-act", ["stock", "atomic"], False),
    "act.between_locks": ("check-then-act", ["account.balance_", "account.mutex_",
                                             "not in between"], False),
    "read.torn": ("torn-read", ["range.low", "range.high"], True),
    "wake.once": ("stale-wake-up", ["loop"], False),
    "other.wrong": (None, [], False),
}


def failure(report):
    found = [finding for finding in report["findings"] if finding["kind"] == "check-failed"]
    assert len(found) == 1, found
    return found[0]


def main():
    wrong = {name for name, kind in harness.scenarios(TABLE) if kind != "pass"}
    assert wrong == set(EXPECTED), wrong ^ set(EXPECTED)
    for name, (mistake, names, raced) in EXPECTED.items():
        report = harness.report(TABLE, name, expect=harness.FAIL)
        finding = failure(report)
        told = finding.get("explanation", "")
        assert finding.get("mistake") == mistake, f"{name}: {finding.get('mistake')}: {told}"
        assert ("caused_by" in finding) == raced, f"{name}: {finding}"
        if raced:
            assert report["findings"][finding["caused_by"]]["kind"] == "data-race", name
        for word in names:
            assert word in told, f"{name} does not name {word}: {told}"
        assert finding["minimal"] is True, name
        # A replay tells the same.
        replayed = harness.run(TABLE, "replay", finding["schedule"], "--format=json",
                               expect=harness.FAIL)
        again = failure(harness.json.loads(replayed))
        assert again.get("explanation") == finding.get("explanation"), f"{name}: {again}"
        assert again.get("mistake") == mistake, name


if __name__ == "__main__":
    main()
