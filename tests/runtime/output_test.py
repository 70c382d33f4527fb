"""What a program prints is kept apart: its last lines stand in the report, and nothing else does."""

import json
import os
import pathlib
import subprocess
import unittest

TABLE = str(pathlib.Path(os.environ["HEDDLE_BINARY_DIR"], "stdio_table"))


def run(*arguments):
    return subprocess.run([TABLE, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, check=False)


class OutputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ended = run("run", "stdio.printing", "--format=json")
        cls.finding = json.loads(cls.ended.stdout)["findings"][0]

    def test_the_report_has_the_last_lines_in_order(self):
        self.assertEqual(self.ended.returncode, 1, self.ended.stderr)
        self.assertEqual(self.ended.stderr, "")
        self.assertEqual(self.finding["message"], "the end")
        self.assertEqual(self.finding["output"], ["." * 999] * 18 + ["end", "still in the buffer"])

    def test_of_a_long_text_both_ends_are_kept(self):
        replay = run("replay", self.finding["schedule"])
        printed = [line.strip()[2:] for line in replay.stdout.splitlines()
                   if line.strip().startswith("| ")]
        self.assertEqual(printed[:3], ["printf, cout", "write", "." * 999])
        self.assertEqual(printed[-1], "still in the buffer")
        self.assertIn("bytes left out", replay.stdout)
        self.assertLess(len(replay.stdout), 3 << 20)

    def test_nothing_is_left_of_the_folder(self):
        process = subprocess.Popen([TABLE, "run", "stdio.calls"], stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(timeout=120), 0)
        name = f"heddle-{process.pid:07d}-*"
        self.assertEqual(list(pathlib.Path("/dev/shm").glob(name)), [])
        self.assertEqual(list(pathlib.Path("/tmp").glob(name)), [])


if __name__ == "__main__":
    unittest.main()
