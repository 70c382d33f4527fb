"""Man page and completion say what `heddle --help` says: all commands, all flags, all scenarios."""

import gzip
import re
import subprocess
import unittest

import package

GENERATED = package.BUILD / "packaging"
HEDDLE = package.BIN / "heddle"


def flags_of(*command):
    text = package.run(HEDDLE, *command, "--help")
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", text, re.MULTILINE))


def commands():
    section = package.run(HEDDLE, "--help").split("Subcommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+)", section, re.MULTILINE)


def complete(*words):
    """What the completion offers for the last word, as bash splits the line."""
    script = f"""
source {GENERATED}/heddle.bash
compopt() {{ :; }}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_heddle
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    return subprocess.run(["bash", "-O", "extglob", "-c", script, "bash", HEDDLE, *words],
                          capture_output=True, text=True, check=True).stdout.split()


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        page = gzip.decompress((GENERATED / "heddle.1.gz").read_bytes()).decode()
        cls.page = page.replace("\\-", "-").replace("\\fB", "").replace("\\fP", "")

    def test_the_help_is_read_at_all(self):
        self.assertLessEqual({"run", "replay", "verify", "doctor"}, set(commands()))
        self.assertLessEqual({"--seed", "--quiet", "--help"}, flags_of("run"))

    def test_commands_and_flags_in_the_manual(self):
        for command in commands():
            self.assertIn(f'"heddle {command} "', self.page)
            for flag in flags_of(command):
                self.assertRegex(self.page, rf"(?m)^(-\w, )?{flag}(=|$)")
        for status in ("0", "1", "2", "3", "130"):
            self.assertRegex(self.page, rf"(?m)^\.B {status}$")

    def test_no_flag_in_the_manual_that_there_is_not(self):
        known = {flag for command in commands() for flag in flags_of(command)} | {"--version"}
        told = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", self.page))
        self.assertEqual(told - known, set())

    def test_roff_is_right(self):
        for name in ("heddle", "heddle-c++"):
            path = GENERATED / f"{name}.1.gz"
            page = gzip.decompress(path.read_bytes()).decode()
            for line in page.splitlines():
                self.assertRegex(line, r"^(?!\.(?![A-Z]{2}|[BI]\b|br\b)|')", f"{name}: {line}")

    def test_completion(self):
        self.assertEqual(set(complete("")), {*commands(), "--help", "--version"})
        for command in commands():
            offered = {flag.rstrip("=") for flag in complete(command, "-")}
            self.assertEqual(offered, flags_of(command), command)
        self.assertIn("random", complete("run", "--strategy", "=", "ra"))
        self.assertEqual(complete("run", "--points", "="), ["auto", "sync", "all"])
        self.assertEqual(complete("run", "bank."), ["bank.unlocked", "bank.locked"])


if __name__ == "__main__":
    unittest.main()
