"""A GoogleTest binary with explored tests behaves as users of GoogleTest expect, says what Heddle
found and how to replay it; and the same source runs without Heddle."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import xml.etree.ElementTree

BIN = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"])
FAILING = {"Plain.FailsAsEver", "Bank.LosesADeposit", "Bank.OneAfterTheOtherIsNotEnough",
           "Bank.Throws", "Bank.Chooses", "Sudden.EndsItsProcess"}

WRONG_BALANCE = "Expected equality of these values: account.balance() (which is 1), 2"


def run(*arguments, expect, program="adapter_program", environment=None):
    with tempfile.TemporaryDirectory() as folder:  # an uncontrolled body leaves its files there
        result = subprocess.run([str(BIN / program), *arguments], capture_output=True, text=True,
                                env={**os.environ, **(environment or {})}, cwd=folder, timeout=600)
    assert result.returncode == expect, (arguments, result.returncode, result.stdout, result.stderr)
    return result.stdout + result.stderr


def results(*arguments, expect, **options):
    """{test: (passed, properties, failure)} by GoogleTest's XML."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "out.xml")
        run(f"--gtest_output=xml:{path}", *arguments, expect=expect, **options)
        tests = {}
        for case in xml.etree.ElementTree.parse(path).iter("testcase"):
            if case.get("status") == "notrun":
                continue
            failure = case.find("failure")
            properties = {item.get("name"): item.get("value") for item in case.iter("property")}
            tests[f"{case.get('classname')}.{case.get('name')}"] = (
                failure is None, properties, "" if failure is None else failure.get("message"))
        return tests


def without_times(text):
    return re.sub(r"\(\d+ ms( total)?\)", "", text)


def check_suite():
    tests = results(expect=1)
    assert {name for name, (passed, _, _) in tests.items() if not passed} == FAILING, tests
    _, properties, message = tests["Bank.LosesADeposit"]
    assert properties["heddle_verdict"] == "fail" and properties["heddle_seed"] == "1"
    assert properties["heddle_findings"].startswith("data-race, check-failed"), properties
    assert properties["heddle_schedule"].startswith("h1.Bank.LosesADeposit."), properties
    assert WRONG_BALANCE in " ".join(message.split()), message
    assert "101 of 101 executions" in message, message
    _, properties, _ = tests["Bank.Locked"]
    assert properties["heddle_executions"] == "200", properties
    assert properties["heddle_evidence"] == "sampled", properties
    assert tests["Bank.OneAfterTheOther"][1]["heddle_evidence"] == "vacuous"
    assert "at least 2 tasks at once" in tests["Bank.OneAfterTheOtherIsNotEnough"][2]
    told = " ".join(tests["Bank.Throws"][2].split())
    assert "left the body: thrown by the body" in told, told
    _, properties, message = tests["Sudden.EndsItsProcess"]
    assert properties["heddle_findings"] == "crash", properties
    assert "the process was ended by a system call, with status 0" in message, message
    assert not tests["Plain.RunsOnRealThreads"][1], tests["Plain.RunsOnRealThreads"]


def check_replay():
    report = run("--gtest_filter=Bank.LosesADeposit", expect=1)
    command = re.findall(r"^ +replay  (.*)$", report, re.MULTILINE)
    assert command, report
    words = command[1].split()
    assert words[0] == str(BIN / "adapter_program") and len(words) == 3, words
    shown = run(*words[1:], expect=1)
    assert WRONG_BALANCE in " ".join(shown.split()), shown
    assert shown.count("[ RUN      ]") == 1, shown
    schedule = words[2].split("=", 1)[1]
    again = run("--gtest_filter=Bank.LosesADeposit", expect=1,
                environment={"HEDDLE_SCHEDULE": schedule})
    assert without_times(again) == without_times(shown), (again, shown)


    in_process = run(*words[1:], "--heddle_in_process", expect=1)
    assert without_times(in_process) == without_times(shown), (in_process, shown)


def check_flags():
    passes = "--gtest_filter=Bank.Locked"
    assert results(passes, "--heddle_executions=7", expect=0)["Bank.Locked"][1][
        "heddle_executions"] == "7"
    by_variable = results(passes, expect=0, environment={"HEDDLE_EXECUTIONS": "9"})
    assert by_variable["Bank.Locked"][1]["heddle_executions"] == "9"
    both = results(passes, "--heddle_executions=7", expect=0,
                   environment={"HEDDLE_EXECUTIONS": "9", "HEDDLE_SEED": "5"})
    assert both["Bank.Locked"][1]["heddle_executions"] == "7"
    assert both["Bank.Locked"][1]["heddle_seed"] == "5"
    said = run(passes, "--heddle_sed=1", expect=2)
    assert said.startswith("heddle: unknown flag --heddle_sed: did you mean --heddle_seed"), said
    run(passes, "--heddle_seed=x", expect=2)
    run(passes, expect=2, environment={"HEDDLE_STRATEGY": "best"})


def check_googletest():
    listed = run("--gtest_list_tests", expect=0)
    assert "LosesADeposit" in listed and "Adds/1" in listed, listed
    repeated = run("--gtest_filter=Bank.Locked:Ledger.*", "--gtest_repeat=3", "--gtest_shuffle",
                   "--gtest_random_seed=7", expect=0)
    assert repeated.count("[       OK ] Bank.Locked") == 3, repeated
    assert repeated.count("[       OK ] Ledger.IsFreshInEachExecution") == 3, repeated
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "out.json")
        run("--gtest_filter=Bank.Locked", f"--gtest_output=json:{path}", expect=0)
        suite = json.loads(path.read_text())["testsuites"][0]["testsuite"]
        ran = [test for test in suite if test["name"] == "Locked"]
        assert ran[0]["heddle_verdict"] == "pass", ran


def check_uncontrolled():
    tests = results("--gtest_filter=Bank.Locked:Bank.UsesTheLibrary:Small/*:Plain.RunsOn*",
                    expect=0, program="adapter_uncontrolled")
    assert tests["Bank.Locked"][1]["heddle_verdict"] == "uncontrolled", tests
    assert len(tests) == 5, tests


if __name__ == "__main__":
    check_suite()
    check_replay()
    check_flags()
    check_googletest()
    check_uncontrolled()
