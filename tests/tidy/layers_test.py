"""Every #include of harness/ respects the floor plan (harness/ARCHITECTURE.md)."""

import re

import tidy

MAY_INCLUDE = {
    "base": set(),
    "core": {"base"},
    "platform": {"base"},
    "happens_before": {"core", "base"},
    "engine": {"platform", "core", "base"},
    "sync": {"engine", "core", "base"},
    "detectors": {"happens_before", "platform", "core", "base"},
    "strategies": {"happens_before", "core", "base"},
    "explorer": {"engine", "core", "base"},
    "reports": {"core", "base"},
    "runtime": {"sync", "detectors", "happens_before", "engine", "platform", "core", "base"},
    "include": set(),
    "cmake": set(),
}
MAY_INCLUDE["frontends"] = set(MAY_INCLUDE)
# Only these name concrete strategies and detectors.
WIRING = {"harness/frontends/session.cc", "harness/frontends/strategies.cc",
          "harness/frontends/workbench.cc"}
# Libraries that allocate and call libc: not on fibers. core has a host side: schedules, results.
LIBRARIES = {"absl", "CLI", "nlohmann"}
NO_LIBRARIES = tidy.FIBER_FOLDERS - {"core", "strategies"} | {"include"}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def violations_of(path, text):
    folder = path.split("/")[1]
    if folder not in MAY_INCLUDE:
        return [f"{path}: harness/{folder} is not in the floor plan"]
    found = []
    for header in INCLUDE.findall(text):
        top = header.split("/")[0]
        if top == "heddle" or "/" not in header:
            continue
        if top in LIBRARIES:
            if folder in NO_LIBRARIES:
                found.append(f"{path}: {folder} may not use {header}")
        elif top in MAY_INCLUDE:
            if top != folder and top not in MAY_INCLUDE[folder]:
                found.append(f"{path}: {folder} may not include {header}")
            elif folder == "frontends" and top in {"strategies", "detectors"} - {folder}:
                if path not in WIRING:
                    found.append(f"{path}: only the wiring names {header}")
    return found


def check():
    return [violation
            for path in tidy.code_files("harness")
            for violation in violations_of(str(path), tidy.read(path))]


def self_test():
    planted = {
        ("harness/sync/mutex.cc", '#include "detectors/shadow.h"\n'): 1,
        ("harness/sync/mutex.cc", '#include "engine/engine.h"\n#include "sync/mutex.h"\n'): 0,
        ("harness/base/a.h", '#include "core/event.h"\n'): 1,
        ("harness/engine/a.cc", '#  include <absl/strings/str_cat.h>\n'): 1,
        ("harness/explorer/a.cc", '#include "absl/strings/str_cat.h"\n'): 0,
        ("harness/reports/a.cc", '#include "explorer/explorer.h"\n'): 1,
        ("harness/frontends/cli/main.cc", '#include "strategies/pct.h"\n'): 1,
        ("harness/frontends/session.cc", '#include "strategies/pct.h"\n'): 0,
        ("harness/utilities/a.h", ""): 1,
    }
    for (path, text), count in planted.items():
        assert len(violations_of(path, text)) == count, (path, text)


if __name__ == "__main__":
    tidy.run(check, self_test)
