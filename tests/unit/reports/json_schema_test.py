"""Every golden JSON report fits harness/reports/heddle-report-1.schema.json, and the schema is
strict: a report with a key too many, too few, or of the wrong kind does not fit."""

import copy
import json
import os
import pathlib
import sys

import jsonschema

SOURCE_DIR = pathlib.Path(os.environ.get("HEDDLE_SOURCE_DIR",
                                         pathlib.Path(__file__).resolve().parents[3]))


def validator():
    path = SOURCE_DIR / "harness" / "reports" / "heddle-report-1.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def objects_of(value, path=()):
    """All JSON objects within a value, with the path to each."""
    if isinstance(value, dict):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, (dict, list)):
            yield from objects_of(item, path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def spoiled(report):
    """Copies of a report that the schema has to refuse, each with what is wrong."""
    for path in objects_of(report):
        if path[-1:] == ("parameters",):
            continue
        extra = copy.deepcopy(report)
        at(extra, path)["surprise"] = 1
        yield f"a surprise in {path}", extra
    for key in ["schema", "tool", "scenario", "verdict", "evidence", "strategy", "findings"]:
        missing = copy.deepcopy(report)
        del missing[key]
        yield f"no {key}", missing
    for path, value in [(("schema",), "heddle-report-2"), (("verdict",), "perhaps"),
                        (("evidence", "executions"), -1), (("strategy", "seed"), "1"),
                        (("findings", 0, "kind"), "slowness"),
                        (("findings", 0, "operations", 0, "kind"), "think"),
                        (("findings", 0, "tasks", 0, "id"), None)]:
        wrong = copy.deepcopy(report)
        at(wrong, path[:-1])[path[-1]] = value
        yield f"{value!r} in {path}", wrong


def main():
    fits = validator()
    files = sorted((SOURCE_DIR / "tests" / "golden").glob("*.json"))
    problems = [] if len(files) >= 15 else [f"only {len(files)} golden reports"]
    for file in files:
        report = json.loads(file.read_text(encoding="utf-8"))
        problems += [f"{file.name}: {'/'.join(map(str, error.absolute_path))}: {error.message}"
                     for error in fits.iter_errors(report)]
    report = json.loads((SOURCE_DIR / "tests" / "golden" / "lost_update.json").read_text("utf-8"))
    problems += [f"accepted although wrong: {what}" for what, wrong in spoiled(report)
                 if fits.is_valid(wrong)]
    print("\n".join(problems) or f"{len(files)} reports fit the schema")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
