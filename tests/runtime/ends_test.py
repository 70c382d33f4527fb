"""However an execution ends, the process survives, says what happened, and replays it."""

import harness

# What the message must name, by the last part of the scenario's name.
SAID = {
    "exception": "nobody catches this",
    "number": "int",
    "noexcept": "nobody catches this",
    "destructor": "on the way",
    "terminate": "std::terminate",
    "terminate_handled": "abort",
    "joinable": "std::terminate",
    "abort": "abort",
    "raise": "raise(SIGABRT)",
    "assert": "ends_so_far == 12345",
    "exit": "exit(3)",
    "quick_exit": "quick_exit(4)",
    "_exit": "_exit(5)",
    "read_null": "SIGSEGV",
    "write_null": "SIGSEGV",
    "write_constant": "SIGSEGV",
    "call_null": "SIGSEGV",
    "divide": "SIGFPE",
    "trap": "SIGILL",
    "overflow": "stack overflow",
    "free_twice": "heap block of 24 bytes",
    "delete_twice": "heap block of 4 bytes",
    "free_inside": "never returned",
    "free_local": "never returned",
}
AFTER = 20  # executions beyond the first one that ended so


def main():
    for name, kind in harness.scenarios("ends_table"):
        explored = harness.report("ends_table", name, f"--after={AFTER}", expect=harness.FAIL)
        findings = [finding for finding in explored["findings"] if finding["kind"] == kind]
        assert findings, f"{name}: no {kind} but {explored['findings']}"
        assert explored["evidence"]["executions"] > AFTER, f"{name}: the exploration ended"
        said = SAID.get(name.split(".")[1], "")
        assert said in findings[0]["message"], f"{name} says {findings[0]['message']}, not {said}"
        harness.replay_round_trip("ends_table", explored)


if __name__ == "__main__":
    main()
