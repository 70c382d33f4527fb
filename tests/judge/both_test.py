"""`heddle verify --judge=both`: what is said where the two agree, where not, and where one is missing.

The other build is a script here that prints a report as that build would; where ThreadSanitizer judges,
the program itself is asked as well.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

BINARY = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"], "heddle")


def verify(*arguments):
    command = [str(BINARY), "verify", "bank.unlocked", "--executions=50", *arguments]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=300)


def report():
    command = [str(BINARY), "run", "bank.unlocked", "--executions=50", "--format=json"]
    return json.loads(subprocess.run(command, capture_output=True, timeout=300).stdout)


def script(folder, text):
    (folder / "report").write_text(text)
    path = folder / "other"
    path.write_text(f"#!/bin/sh\necho \"$@\" > {folder}/asked\ncat {folder}/report\nexit 1\n")
    path.chmod(0o755)
    return f"--tsan-binary={path}"


def check_with(folder):
    def ask(text):
        return verify("--judge=both", "--seed=3", script(folder, text))

    real = report()
    agreed = ask(json.dumps(real))
    assert agreed.returncode == 0 and "  agree\n" in agreed.stdout, agreed
    asked = (folder / "asked").read_text()
    assert asked.startswith("run bank.unlocked ") and "--seed=3 " in asked, asked

    silent = ask(json.dumps(dict(real, findings=[])))
    assert silent.returncode == 1 and "tsan: pass\n" in silent.stdout, silent

    fewer = [finding for finding in real["findings"] if finding["kind"] != "check-failed"]
    partly = ask(json.dumps(dict(real, findings=fewer)))
    assert partly.returncode == 1 and "tsan: data-race\n" in partly.stdout, partly

    for finding in real["findings"]:
        if finding["kind"] == "data-race":
            finding["operations"][0]["line"] += 1000
    elsewhere = ask(json.dumps(real))
    assert elsewhere.returncode == 1 and "tsan: data-race at " in elsewhere.stdout, elsewhere

    broken = ask("no report")
    assert broken.returncode == 3 and "gives no report" in broken.stderr, broken


def main():
    missing = verify("--judge=both", "--tsan-binary=/nowhere/heddle")
    assert missing.returncode == 3 and not missing.stdout, missing
    assert missing.stderr.count("\n") == 1 and "preset tsan" in missing.stderr, missing
    unknown = verify("--judge=nobody")
    assert unknown.returncode == 2, unknown
    with tempfile.TemporaryDirectory() as folder:
        check_with(pathlib.Path(folder))
    cache = pathlib.Path(os.environ["HEDDLE_BUILD_DIR"], "CMakeCache.txt").read_text()
    if "HEDDLE_JUDGE:STRING=tsan" in cache:
        real = verify("--judge=both", f"--tsan-binary={BINARY}")
        assert real.returncode == 0 and "  agree\n" in real.stdout, real
    print("--judge=both says what it should")
    return 0


if __name__ == "__main__":
    sys.exit(main())
