"""One defect at a time in the harness: the suite must go red for each.

A mutant replaces text in one source file. Of the build that is there, only that file is compiled
again, the localised object linked again, and the table that is to notice it; nothing is written to
sources or build. Before the mutants the same scenarios must be as expected with the same steps and
nothing replaced. A table whose name ends in _test is a test binary: its scenarios are tests, its
flags those of rapidcheck.
"""

import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE_DIR = pathlib.Path(os.environ["HEDDLE_SOURCE_DIR"])
BUILD_DIR = pathlib.Path(os.environ["HEDDLE_BUILD_DIR"])
SECONDS = 120  # for one run of a few scenarios

# (what is broken, file, old text, new text, table, scenarios that must notice, further flags)
MUTANTS = [
    ("unlock releases nothing", "runtime/events.cc",
     "if (done && event.value == 0) order.release_assign(event.task, event.object);", "",
     "library_table", ["containers.locked", "string.locked"], []),
    ("lock acquires nothing", "runtime/events.cc",
     "if (done && event.value == 1) order.acquire(event.task, event.object);", "",
     "library_table", ["containers.locked", "string.locked"], []),
    ("join acquires nothing", "runtime/events.cc",
     "if (event.effect == Effect::done) order.joined(event.task, event.other);", "",
     "memory_orders_table", ["parts.bytes", "bytes.deleted_joined"], []),
    ("acquire loads acquire nothing", "happens_before/happens_before.cc",
     "VectorClock& into = acquires(order) ? task.clock : task.pending_acquire;",
     "VectorClock& into = task.pending_acquire;",
     "memory_orders_table", ["publication.release_flag"], []),
    ("acquire fences do nothing", "happens_before/happens_before.cc",
     "if (acquires(order)) self.clock.join(self.pending_acquire, arena_);", "",
     "memory_orders_table", ["fences.both"], []),
    ("stores do not end a release sequence", "happens_before/happens_before.cc",
     "what.release.clear();", "",
     "memory_orders_table", ["sequence.store"], []),
    ("relaxed operations order", "happens_before/happens_before.cc",
     "  take(self, what, order);\n  return self.now;",
     "  take(self, what, MemoryOrder::acquire);\n  return self.now;",
     "memory_orders_table", ["publication.relaxed_load"], []),
    ("accesses leave no record", "detectors/data_race.cc",
     "  records[0] = news;\n", "",
     "memory_orders_table", ["publication.relaxed_flag", "bytes.struct"], []),
    ("accesses beside others leave no record", "detectors/data_race.cc",
     "record.set_mask(open | merged);", "record.set_mask(merged);",
     "accesses_table", ["readers.second"], []),
    ("bytes of a word are one", "detectors/data_race.cc",
     "const uint32_t overlap = record.mask() & access.mask();", "const uint32_t overlap = 0xff;",
     "memory_orders_table", ["parts.bytes"], []),
    ("memcpy reads nothing", "runtime/interceptors/memory.cc",
     "  note(from, size, false, site);\n  note(to, size, true, site);\n  return real_copy",
     "  note(to, size, true, site);\n  return real_copy",
     "memory_orders_table", ["bytes.memcpy"], []),
    ("notify_one wakes nobody", "sync/condition.cc",
     "event.other = engine.wake_one(waiters_, operation);", "event.other = TaskId::none();",
     "deadlocks_table", ["notify.flagged"], []),
    ("notify_all wakes one", "sync/condition.cc",
     "event.value = engine.wake_all(waiters_);",
     "event.value = engine.wake_one(waiters_, operation(Op::condition_broadcast, site)).valid();",
     "deadlocks_table", ["notify.all"], []),
    ("no wait ends for no reason", "engine/blocking.cc",
     "if (task.spurious_count < limits_.spurious)",
     "if (task.spurious_count + 1 < limits_.spurious)",
     "deadlocks_table", ["notify.spurious_if"], []),
    ("a lock that ends with its owner is free", "engine/blocking.cc",
     "wait.owner.valid() && tasks_[wait.owner.index()].state == TaskState::ended;", "false;",
     "deadlocks_table", ["orphan.ended"], []),
    ("a cycle of locks is not seen while others run", "engine/blocking.cc",
     "if (hopeless_ || !leads_nowhere(waiter)) return;", "return;",
     "deadlocks_table", ["cycle.partial"], []),
    ("sleepers never go ahead", "engine/scheduling.cc",
     "if (task(id).deadline_ns <= horizon) scratch_.add(id);",
     "if (runnable_.empty() && task(id).deadline_ns <= horizon) scratch_.add(id);",
     "time_table", ["time.overtaken"], []),
    ("spinning tasks are not held back", "engine/scheduling.cc",
     "return task.anchor_hits >= kSpinReads && task.streak_changes == changes_;",
     "return task.anchor_hits > 1'000'000'000 && task.streak_changes == changes_;",
     "spin_table", ["flag.spinning", "lock.ticket"], ["--max-steps=3000", "--strategy=pct"]),
    ("random always goes on", "strategies/random.cc",
     "return goes_on(point) ? point.current : any_enabled(point, rng_);", "return point.fallback;",
     "deadlocks_table", ["cycle.two"], ["--strategy=random"]),
    ("replay skips its last choice", "strategies/replay.cc",
     "  if (named.cursor == named.end) return nullptr;\n  const Followed& next",
     "  if (named.cursor + 1 >= named.end) return nullptr;\n  const Followed& next",
     "deadlocks_table", ["cycle.two"], []),
    ("globals are not restored", "runtime/process_world.cc",
     "runtime_.globals->restore();\n  runtime_.heap", "runtime_.heap",
     "state_table", ["state.counters"], ["--in-process"]),
    ("the heap is not restored", "runtime/process_world.cc",
     "runtime_.heap.restore();\n  use_points", "use_points",
     "state_table", ["state.heap_of_globals"], ["--in-process"]),
    ("thread-locals are not reset", "platform/fiber.cc",
     "  reset_thread_locals(fiber);\n", "",
     "state_table", ["state.thread_locals"], ["--in-process"]),
    ("libraries' state is not restored", "runtime/process_world.cc",
     "library_state_.restore();", "",
     "state_table", ["state.locales", "state.new_handler"], ["--in-process"]),
    ("thread-local destructors do not run", "runtime/task_data.cc",
     "    run_exit_calls(data(task).thread_exit);\n", "    data(task).thread_exit = nullptr;\n",
     "thread_features_table", ["own.thread_locals"], []),
    ("freeing is no write", "runtime/interceptors/heap.cc",
     "      size == 0 ? nullptr\n", "      size != 1 ? nullptr\n",
     "heap_use_table", ["block.use_then_free"], []),
    ("freed blocks are not marked", "runtime/interceptors/heap.cc",
     "  runtime->heap_uses.freed(start, size);\n", "",
     "heap_use_table", ["block.ordered_use", "block.mutex", "lockfree.unprotected"], []),
    ("a join leaves the epoch as it is", "happens_before/happens_before.cc",
     "  advance(waiter);\n", "",
     "heap_use_table", ["stack.outlived"], []),
    ("malloc never reuses at once", "runtime/interceptors/heap.cc",
     "runtime.engine.choose_aside() ?", "runtime.engine.choose_aside() && false ?",
     "heap_use_table", ["block.address_reused"], []),
    ("values set at thread exit are not seen", "runtime/interceptors/thread_exit.cc",
     "if (heddle::controlled() != nullptr) self->call = heddle::make_ready;", "",
     "cxx20_table", ["exit.promise"], []),
    ("any futex wait may have lost a notify", "detectors/deadlock.cc",
     "return wait.op == Op::futex_wait ? wait.missed : wait.notifies > 0;",
     "return wait.notifies > 0;",
     "lost_waits_table", ["atomic.untold"], []),
    ("any change is what a latch waits for", "engine/blocking.cc",
     "self.watches = self.looked.second ? Task::Look() : self.looked;",
     "self.watches = self.looked;",
     "lost_waits_table", ["latch.uncounted"], []),
    ("unlocking wakes no condition of Abseil's", "sync/absl_mutex.cc",
     "  leave(engine, mode, site);\n  wake_sleepers(engine);\n", "  leave(engine, mode, site);\n",
     "absl_table", ["condition.comes"], []),
    ("waiting for a condition tells nobody", "sync/absl_mutex.cc",
     "if (changed) wake_sleepers(engine);", "static_cast<void>(changed);",
     "absl_table", ["condition.in_turn"], []),
    ("dfs: a race adds nothing", "strategies/dfs_steps.cc",
     "if (order_.initials(earlier, enough, found)) return;", "return;",
     "waiting_litmus_table", ["opposite"], ["--strategy=dfs"]),
    ("dfs: locks commute", "strategies/footprint.cc",
     "Item taken = of(Space::lock, event, shared ? Use::shared : Use::write);",
     "Item taken = of(Space::lock, event, Use::shared);",
     "waiting_litmus_table", ["opposite"], ["--strategy=dfs"]),
    ("dfs: who waits for ever does not race", "strategies/dfs_steps.cc",
     "if (operation.op == Op::check || !waiting_item(operation, item)) continue;", "continue;",
     "waiting_litmus_table", ["opposite_first"], ["--strategy=dfs"]),
    ("dfs: a backtrack point is dropped", "strategies/dfs_steps.cc",
     "    node.backtrack.add(TaskId(found.next(0)));\n", "",
     "generated_test", ["Generated.DfsMissesNothing"], ["max_success=200"]),
    ("dfs: who sleeps sleeps on", "strategies/dfs_steps.cc",
     "if (!(entry.task == task) && independent(entry)) sleepers_",
     "if (!(entry.task == task)) sleepers_",
     "generated_test", ["Generated.DfsMissesNothing"], ["max_success=200"]),
    ("dfs: who is done does not sleep", "strategies/dfs_steps.cc",
     "if (!(entries_[i].task == task) && independent(entries_[i])) sleepers_.add(i);", "continue;",
     "generated_test", ["Generated.DfsMissesNothing"], ["max_success=200"]),
    ("dfs: a compare-exchange is a read", "strategies/footprint.cc",
     "bool reads = event.op == Op::atomic_load || ",
     "bool reads = event.op == Op::atomic_load || event.op == Op::atomic_compare || ",
     "generated_test", ["Generated.DfsMissesNothing"], ["max_success=200"]),
    ("dfs: a failed try depends on nothing", "strategies/footprint.cc",
     "if (event.effect != Effect::done) return sink.add(of(Space::lock, event, Use::read));",
     "if (event.effect != Effect::done) return;",
     "generated_test", ["Generated.DfsMissesNothing"], ["max_success=200"]),
]


def build_commands(table):
    """The commands that make a table, in order."""
    ninja = os.environ.get("HEDDLE_NINJA", "ninja")
    text = subprocess.run([ninja, "-C", str(BUILD_DIR), "-t", "commands", f"bin/{table}"],
                          check=True, capture_output=True, text=True).stdout
    return [line for line in text.splitlines() if not line.startswith("ninja:")]


def is_test(table):
    return table.endswith("_test")


def only(commands, *parts):
    found = [command for command in commands if all(part in command for part in parts)]
    assert len(found) == 1, f"{len(found)} commands with {parts}"
    return found[0]


def run_command(command):
    result = subprocess.run(["/bin/sh", "-c", command], cwd=BUILD_DIR, capture_output=True, text=True)
    if result.returncode != 0:
        raise AssertionError(f"{command}\n{result.stdout}{result.stderr}")


def source_text(file):
    return (SOURCE_DIR / "harness" / file).read_text(encoding="utf-8")


def mutated_text(file, old, new):
    text = source_text(file)
    assert text.count(old) == 1, f"{file}: {text.count(old)} places read {old!r}: mend the mutant"
    return text.replace(old, new)


def unit_of(source):
    """What is compiled: the source, or the unit that includes it and others."""
    for unit in (BUILD_DIR / "harness").glob("CMakeFiles/*/Unity/*.cxx"):
        if f'"{source}"' in unit.read_text():
            return unit
    return source


def build(folder, file, text, table):
    """The table with `text` in place of the file; returns the program."""
    commands = build_commands(table)
    harness = "harness/heddle_runtime.o" if is_test(table) else "harness/heddle_cli.o"
    source = folder / "harness" / file
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    made, localised, program = folder / "mutant.o", folder / "harness.o", folder / table
    original = SOURCE_DIR / "harness" / file
    unit = unit_of(original)
    if unit != original:
        source = folder / unit.name
        source.write_text(unit.read_text().replace(f'"{original}"', f'"{folder}/harness/{file}"'))
    original = str(unit)
    compile_ = only(commands, f" -c {original}")
    old_object = shlex.split(compile_)[shlex.split(compile_).index("-o") + 1]
    compile_ = compile_.replace(f" -c {original}", f" -c {source}")
    compile_ = compile_.replace(f" -o {old_object}", f" -o {made}").replace(
        f" -MF {old_object}.d", f" -MF {made}.d").replace(" -Werror", "")
    run_command(compile_)
    # localise.sh OUTPUT … INPUT…; the inputs' paths may be written with "./" inside.
    link = only(commands, "localise.sh", f"{BUILD_DIR}/{harness} ")
    words = []
    for word in shlex.split(link):
        if word == f"{BUILD_DIR}/{harness}":
            word = str(localised)
        elif os.path.normpath(word) == os.path.normpath(BUILD_DIR / old_object):
            word = str(made)
        words.append(word if word == "&&" else shlex.quote(word))
    assert str(made) in words and str(localised) in words, link
    run_command(" ".join(words))
    last = only(commands, f" -o bin/{table} ")
    run_command(last.replace(f" -o bin/{table} ", f" -o {program} ").replace(
        harness, str(localised)))
    return program


def verdict(program, table, scenarios, flags):
    """Whether everything was as expected, and in a few words what was not."""
    command, environment = [str(program), "verify", *scenarios, *flags], dict(os.environ)
    wrong_line = r"WRONG +(\S+)"
    if is_test(table):
        command = [str(program), f"--gtest_filter={':'.join(scenarios)}"]
        environment["RC_PARAMS"] = " ".join(["seed=1", "noshrink=1", *flags])
        wrong_line = r"\[  FAILED  \] (\S+) \("
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS,
                                stdin=subprocess.DEVNULL, cwd=program.parent, env=environment)
    except subprocess.TimeoutExpired:
        return False, "hangs"
    wrong = re.findall(wrong_line, result.stdout)
    return result.returncode == 0, ", ".join(wrong) or f"ends with {result.returncode}"


def baseline():
    """What the mutants are to change is green without them."""
    for table in sorted({mutant[4] for mutant in MUTANTS}):
        for scenarios, flags in {(tuple(mutant[5]), tuple(mutant[6])) for mutant in MUTANTS
                                 if mutant[4] == table}:
            green, what = verdict(BUILD_DIR / "bin" / table, table, scenarios, flags)
            assert green, f"{table} is red without any mutant: {what}"
    # The way of building adds nothing of its own.
    _, file, _, _, table, scenarios, flags = MUTANTS[0]
    with tempfile.TemporaryDirectory() as folder:
        program = build(pathlib.Path(folder), file, source_text(file), table)
        green, what = verdict(program, table, scenarios, flags)
        assert green, f"{table} is red when it is built again: {what}"


def survives(mutant):
    """Whether nobody notices it, and a line that says so."""
    name, file, old, new, table, scenarios, flags = mutant
    with tempfile.TemporaryDirectory() as folder:
        program = build(pathlib.Path(folder), file, mutated_text(file, old, new), table)
        green, what = verdict(program, table, scenarios, flags)
    return green, f"{'SURVIVES' if green else 'red':9} {name:46} {table}: {'' if green else what}"


def main():
    baseline()
    survivors = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for alive, line in pool.map(survives, MUTANTS):
            survivors += alive
            print(line, flush=True)
    print(f"{survivors} of {len(MUTANTS)} mutants survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
