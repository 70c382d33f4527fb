"""What tests share that drive a table of scenarios from outside: run, report, replay."""

import json
import os
import pathlib
import subprocess

SOURCE_DIR = pathlib.Path(os.environ["HEDDLE_SOURCE_DIR"])
BINARY_DIR = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"])
PASS, FAIL, ERROR = 0, 1, 3


def run(table, *arguments, expect=None, environment=None, folder=None):
    """Standard output of one call, as bytes. `expect`: the exit status or several."""
    command = [str(BINARY_DIR / table), *arguments]
    result = subprocess.run(command, capture_output=True, cwd=folder, env=environment,
                            stdin=subprocess.DEVNULL, timeout=600)
    allowed = {PASS, FAIL, ERROR} if expect is None else {expect} if isinstance(expect, int) \
        else set(expect)
    if result.returncode not in allowed or result.stderr:
        raise AssertionError(f"{' '.join(command)} ended with {result.returncode}, expected "
                             f"{sorted(allowed)}\n{result.stdout.decode(errors='replace')}"
                             f"{result.stderr.decode(errors='replace')}")
    return result.stdout


def report(table, scenario, *arguments, **options):
    return json.loads(run(table, "run", scenario, "--format=json", *arguments, **options))


def scenarios(table):
    """(name, expectation) of each."""
    lines = run(table, "list", expect=PASS).decode().splitlines()
    words = [line.split() for line in lines if line and not line.startswith(" ")]
    return [(line[0], line[1].rstrip(",")) for line in words]


def replay_round_trip(table, explored, *flags, first_flags=("--in-process",)):
    """Replays every finding of a report, without a worker unless `first_flags` say otherwise and in
    one; each shows the same finding, twice the same bytes."""
    for finding in explored["findings"]:
        if finding["severity"] != "error" or finding["kind"] == "nondeterminism":
            continue
        arguments = ("replay", finding["schedule"], "--format=json", *flags)
        first = run(table, *arguments, *first_flags)
        assert first == run(table, *arguments), f"two replays differ: {finding['schedule']}"
        shown = [(again["kind"], again["message"]) for again in json.loads(first)["findings"]]
        assert (finding["kind"], finding["message"]) in shown, \
            f"{finding['replay']} shows {shown} instead of {finding['kind']}: {finding['message']}"
