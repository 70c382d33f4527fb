"""Shards of an exploration, joined, are the report of one run, to the byte; reports that do not
belong together are refused with the reason."""

import json
import pathlib
import random
import tempfile

import harness

EXPLORATIONS = (
    ("bank.unlocked", ()),
    ("bank.locked", ("--threads=2",)),
    ("queue.hasty", ("--keep-going",)),
    ("queue.hasty", ("--seed=7", "--after=20", "--jobs=2")),
    ("change_it.unlocked", ("--keep-going", "--executions=400")),
    ("deadlock.lock_order", ("--strategy=pct", "--depth=2", "--executions=300")),
    ("bank.locked", ("--threads=3", "--steps=9000")),
    ("bank.locked", ("--threads=1", "--require-tasks=3")),
)
USAGE = 2


def refused(*arguments):
    command = [str(harness.BINARY_DIR / "heddle"), *map(str, arguments)]
    result = harness.subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == USAGE and not result.stdout, (arguments, result)
    assert result.stderr.startswith("heddle: ") and result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def shards(folder, scenario, arguments, of):
    files = []
    for i in range(1, of + 1):
        path = pathlib.Path(folder, f"{scenario}-{i}.json")
        harness.run("heddle", "run", scenario, *arguments, f"--shard={i}/{of}", "--format=json",
                    f"--out={path}")
        files.append(str(path))
    return files


def joined_is_whole(folder):
    for scenario, arguments in EXPLORATIONS:
        whole = {form: harness.run("heddle", "run", scenario, *arguments, f"--format={form}")
                 for form in ("json", "text")}
        for of, forms in ((2, ("json",)), (3, ("json", "text"))):
            files = shards(folder, scenario, arguments, of)
            random.Random(1).shuffle(files)
            for form in forms:
                joined = harness.run("heddle", "merge", *files, f"--format={form}")
                assert joined == whole[form], (scenario, arguments, of, joined, whole[form])


def mistakes(folder):
    files = shards(folder, "bank.locked", ("--threads=2", "--executions=90"), 3)
    other = shards(folder, "queue.patient", ("--executions=90",), 3)
    whole = pathlib.Path(folder, "whole.json")
    harness.run("heddle", "run", "bank.locked", "--format=json", f"--out={whole}")
    nothing = pathlib.Path(folder, "nothing.json")
    nothing.write_text("{}")
    assert "shard 2/3 is missing" in refused("merge", files[0], files[2])
    assert "shard 1/3 is there twice" in refused("merge", files[0], files[0], files[1], files[2])
    assert "of another exploration" in refused("merge", files[0], files[1], other[2])
    assert "is the report of a whole exploration" in refused("merge", whole)
    assert "is no JSON report" in refused("merge", nothing)
    assert "there is no file" in refused("merge", "/nowhere")
    assert "needs reports" in refused("merge")
    assert "dfs" in refused("run", "bank.locked", "--strategy=dfs", "--shard=1/2")
    for wrong in ("0/2", "3/2", "1", "1/2/3", "x/y", "1/0"):
        assert "--shard" in refused("run", "bank.locked", f"--shard={wrong}"), wrong


def hostile(folder):
    """What stands in a report may be anything: it is refused, or it is a report."""
    rng = random.Random(2)
    files = shards(folder, "bank.unlocked", ("--threads=2", "--executions=70"), 2)
    text = pathlib.Path(files[0]).read_text()
    broken = pathlib.Path(folder, "broken.json")
    words = ["null", "-1", "[]", "{}", '""', "18446744073709551615", "1e999", "true", "4294967296"]
    for _ in range(60):
        at = rng.randrange(len(text))
        if rng.random() < 0.5:
            changed = text[:at] + rng.choice(words) + text[at + rng.randrange(20):]
        else:
            report = json.loads(text)
            place = report
            while isinstance(place, (dict, list)) and place:
                keys = list(place) if isinstance(place, dict) else range(len(place))
                key = rng.choice(list(keys))
                if rng.random() < 0.3 or not isinstance(place[key], (dict, list)):
                    place[key] = json.loads(rng.choice(words))
                    break
                place = place[key]
            changed = json.dumps(report)
        broken.write_text(changed)
        command = [str(harness.BINARY_DIR / "heddle"), "merge", str(broken), files[1]]
        result = harness.subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode in (harness.PASS, harness.FAIL, USAGE), (changed, result)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        joined_is_whole(temporary)
        mistakes(temporary)
        hostile(temporary)
