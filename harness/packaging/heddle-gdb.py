"""Commands for gdb that show the tasks of an execution under Heddle: a debugger by itself sees one
thread, the one that runs.

    (gdb) source heddle-gdb.py
    (gdb) heddle tasks                  all tasks: which one runs, what the others wait for
    (gdb) heddle backtraces             the backtrace of each
    (gdb) heddle task 2 COMMAND         a command of gdb's (backtrace, up, info locals) within a task
"""

import gdb

RUNS, CAN_GO_ON, WAITS, ENDED = range(1, 5)
STATE, STACK_POINTER, NAME, OPERATION = range(4)
# As a switch leaves them on the stack, above 8 bytes of floating-point control words.
SAVED = ("r15", "r14", "r13", "r12", "rbx", "rbp", "rip")


def ask(number, about):
    function = "((unsigned long (*)(unsigned, unsigned))heddle_debug_task)"
    try:
        return int(gdb.parse_and_eval(f"{function}({number}, {about})"))
    except gdb.error as error:
        raise gdb.GdbError(f"heddle: no program under Heddle runs here ({error})")


def text_at(address):
    return gdb.Value(address).cast(gdb.lookup_type("char").pointer()).string()


def tasks():
    number = 0
    while ask(number, STATE) != 0:
        yield number
        number += 1
    if number == 0:
        raise gdb.GdbError("heddle: no execution runs here: stop at a breakpoint in the program")


def describe(number):
    name = text_at(ask(number, NAME))
    state = ask(number, STATE)
    said = {RUNS: "runs", CAN_GO_ON: "can go on", ENDED: "has ended"}.get(state)
    if state == WAITS:
        said = f"waits in {text_at(ask(number, OPERATION))}"
    return f"task {number}{f' ({name})' if name else ''} {said}"


class InTask:
    """The registers of a parked task, until it is left."""

    def __init__(self, number):
        self.number = number

    def __enter__(self):
        self.frame = gdb.selected_frame()
        self.level = self.frame.level()
        self.kept = {}
        if ask(self.number, STATE) == RUNS:
            return
        gdb.newest_frame().select()
        stack = ask(self.number, STACK_POINTER)
        for name in (*SAVED, "rsp"):
            self.kept[name] = int(gdb.parse_and_eval(f"(unsigned long)${name}"))
        word = gdb.lookup_type("unsigned long")
        saved = gdb.Value(stack + 8).cast(word.pointer())
        values = {name: int(saved[i]) for i, name in enumerate(SAVED)}
        values["rsp"] = stack + 8 * (1 + len(SAVED))
        self.set(values)

    def __exit__(self, *_):
        self.set(self.kept)
        gdb.execute(f"frame {self.level}", to_string=True)

    @staticmethod
    def set(values):
        for name, value in values.items():
            gdb.newest_frame().select()  # each change gives others
            gdb.execute(f"set ${name} = {value}", to_string=True)


def backtrace():
    """Without Heddle's own frames at either end: the call that the program made is the innermost."""
    own = []
    frame = gdb.newest_frame()
    while frame is not None:
        own.append((frame.name() or "").startswith(("heddle::", "heddle_")))
        frame = frame.older()
    if all(own):
        return "  it has not begun"
    lines = [line for line in gdb.execute("backtrace", to_string=True).splitlines()
             if line.startswith("#")]
    return "\n".join(lines[own.index(False):len(own) - own[::-1].index(False)])


class Heddle(gdb.Command):
    """Tasks of an execution under Heddle: heddle tasks, heddle backtraces, heddle task N COMMAND."""

    def __init__(self):
        super().__init__("heddle", gdb.COMMAND_STACK, prefix=True)


class Tasks(gdb.Command):
    """heddle tasks: all tasks, which one runs, and what the others wait for."""

    def __init__(self):
        super().__init__("heddle tasks", gdb.COMMAND_STACK)

    def invoke(self, _argument, _from_tty):
        for number in tasks():
            print(("* " if ask(number, STATE) == RUNS else "  ") + describe(number))


class Backtraces(gdb.Command):
    """heddle backtraces: the backtrace of each task that has not ended."""

    def __init__(self):
        super().__init__("heddle backtraces", gdb.COMMAND_STACK)

    def invoke(self, _argument, _from_tty):
        for number in list(tasks()):
            print(describe(number))
            if ask(number, STATE) == ENDED:
                continue
            with InTask(number):
                print(backtrace())


class InOneTask(gdb.Command):
    """heddle task N COMMAND: a command of gdb's, within that task."""

    def __init__(self):
        super().__init__("heddle task", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        words = argument.split(None, 1)
        if len(words) != 2 or not words[0].isdigit():
            raise gdb.GdbError("heddle: write `heddle task 2 backtrace`")
        number = int(words[0])
        if number not in tasks() or ask(number, STATE) == ENDED:
            raise gdb.GdbError(f"heddle: there is no task {number} any more, or not yet: "
                               "`heddle tasks` shows them")
        with InTask(number):
            gdb.execute(words[1])


Heddle()
Tasks()
Backtraces()
InOneTask()
