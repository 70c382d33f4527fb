"""Generated programs, 500 schedules of them, under both judges.

Everything but who judged is equal: numbers of traces, outcomes, schedules, findings that are not data
races. Of races ThreadSanitizer may tell fewer, never others, and never more often; of an access that
races with several others, each judge names one, so a race is the same when it shares an access. Some
schedules are replayed under both: every operation is the same, and what is missed there is missed for
one reason: another race of the word was told, and of such a word it looks at reads no more, and at
every second write. differences_test.py has its other misses, and its false alarms.
"""

import sys

import other_build

PROGRAMS = range(1, 51)
EXECUTIONS = 10
REPLAYS = 2  # of each program


def explore(binaries, number):
    return other_build.ask(binaries, "generated_table", "run", "generated", f"--rounds={number}",
                           f"--executions={EXECUTIONS}", "--keep-going", "--no-minimize",
                           "--strategy=random", f"--seed={number}")


def accesses(race):
    """Memory and lines of the two."""
    return {(race["message"], access["kind"], access["line"]) for access in race["operations"]}


def pair(race):
    """Memory and lines, in an order of their own."""
    return race["message"], *sorted((access["kind"], access["line"])
                                    for access in race["operations"])


def same(race, races):
    """Those that share an access with it."""
    return [other for other in races if accesses(race) & accesses(other)]


def split(report):
    """What has to be equal; the races."""
    races = [finding for finding in report["findings"] if finding["kind"] == "data-race"]
    others = sorted((finding["kind"], finding["message"], finding["count"], finding["schedule"])
                    for finding in report["findings"]
                    if finding["kind"] not in ("data-race", "lock-order-cycle"))
    return (report["evidence"], report.get("outcomes", []), others), races


def compare(number):
    """Some schedules of a program, and how many races each judge has seen."""
    (own, own_races), (here, here_races) = (split(explore(binaries, number)) for binaries in
                                            (other_build.OWN, other_build.HERE))
    assert own == here, f"program {number}: {own}\nis not\n{here}"
    for race in here_races:
        seen = same(race, own_races)
        assert seen, f"program {number}: only ThreadSanitizer sees {race}"
        assert race["judge"] == "tsan" and {other["judge"] for other in seen} == {"heddle"}, race
        assert race["count"] <= sum(other["count"] for other in seen), (number, race, seen)
    found = own_races + own[1]
    schedules = sorted({each["schedule"] for each in found if each.get("schedule")})
    return schedules[:REPLAYS], len(own_races), len(here_races)


def replay(schedule):
    """How many ThreadSanitizer misses."""
    own, here = (other_build.ask(binaries, "generated_table", "replay", schedule)
                 for binaries in (other_build.OWN, other_build.HERE))
    assert own["execution"] == here["execution"], f"{schedule}: the executions differ"
    assert own["execution"]["operations"], schedule
    (_, own_races), (_, here_races) = split(own), split(here)
    for race in here_races:
        assert same(race, own_races), f"{schedule}: only ThreadSanitizer sees {race}"
    told = {pair(race) for race in here_races}
    missed = [race for race in own_races if pair(race) not in told]
    for race in missed:
        assert any(race["message"] == other["message"] for other in here_races), \
            f"{schedule}: ThreadSanitizer misses {race}, and tells none of this memory"
    return len(missed)


def main():
    missing = other_build.why_not("generated_table")
    if missing:
        print(missing)
        return other_build.SKIPPED
    compared = other_build.on_all_processors(compare, [(number,) for number in PROGRAMS])
    schedules = [schedule for some, _, _ in compared for schedule in some]
    own, here = (sum(counts[judge] for counts in compared) for judge in (1, 2))
    assert len(schedules) >= len(PROGRAMS) and here >= len(PROGRAMS), (len(schedules), own, here)
    missed = sum(other_build.on_all_processors(replay, [(schedule,) for schedule in schedules]))
    print(f"{len(PROGRAMS) * EXECUTIONS} schedules: {own} races, of which ThreadSanitizer tells {here}; "
          f"{len(schedules)} replayed: {missed} missed, each where it told another")
    return 0


if __name__ == "__main__":
    sys.exit(main())
