"""What tests of the second judge share: is it built here, and where is Heddle's own beside it?"""

import concurrent.futures
import json
import os
import pathlib
import subprocess

SKIPPED = 77
BUILD = pathlib.Path(os.environ["HEDDLE_BUILD_DIR"])
HERE = pathlib.Path(os.environ["HEDDLE_BINARY_DIR"])  # ThreadSanitizer judges
OWN = BUILD.parent / "clang" / "bin"                  # Heddle's own detector does
SECONDS = 60


def why_not(*tables):
    """Why these tables cannot be compared here; empty if they can."""
    if "HEDDLE_JUDGE:STRING=tsan" not in (BUILD / "CMakeCache.txt").read_text():
        return "Heddle's own detector judges here"
    missing = [table for table in tables if not (OWN / table).exists()]
    return f"the preset clang is not built beside this one: no {missing[0]}" if missing else ""


def ask(binaries, table, *arguments):
    """The report of one call, as JSON. It ends: a judge that waits for a lock of its own would not."""
    command = [str(binaries / table), *arguments, "--format=json"]
    result = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL,
                            timeout=SECONDS)
    assert result.returncode in (0, 1) and not result.stderr, (" ".join(command), result)
    return json.loads(result.stdout)


def on_all_processors(function, cells):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda cell: function(*cell), cells))
