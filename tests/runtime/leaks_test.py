"""What an execution leaves behind is said, with the operation at which the next one parts from it;
it never makes a verdict."""

import os
import pathlib
import tempfile

import harness

TABLE = "leaks_table"


def in_the_process():
    for name in ("leaks.timer_slack", "leaks.second_time"):
        for jobs in ("1", "2"):
            report = harness.report(TABLE, name, "--executions=200", f"--jobs={jobs}")
            assert report["verdict"] == "pass", report
        told = report["evidence"]["process_per_execution"]
        assert name == "leaks.second_time" or "lock mutex" in told, told
        text = harness.run(TABLE, "run", name, "--executions=70").decode()
        assert "Each execution had a process of its own" in text, text
    # Nowhere to go: no verdict rather than a wrong one.
    report = harness.report(TABLE, "leaks.timer_slack", "--executions=70", "--in-process")
    assert [finding["kind"] for finding in report["findings"]] == ["nondeterminism"], report


def outside():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "outside")
        report = harness.report(TABLE, "leaks.file_outside",
                                environment={**os.environ, "HEDDLE_TEST_FILE": str(path)})
        assert path.stat().st_size > 2
    (finding,) = report["findings"]
    assert report["verdict"] == "error" and finding["kind"] == "nondeterminism", report
    assert "but another time" in finding["message"] or "went on with" in finding["message"], finding


def nothing():
    for name in ("leaks.static",):
        report = harness.report(TABLE, name, "--executions=1000", "--jobs=1")
        assert report["verdict"] == "pass", report
        assert "process_per_execution" not in report["evidence"], report


if __name__ == "__main__":
    in_the_process()
    outside()
    nothing()
