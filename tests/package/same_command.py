"""A compiler launcher: takes the object out of Heddle's own build where the command is the same.

Compiling Heddle once more inside a user's project takes minutes and says nothing new; a command
that differs in more than the folder it writes to is carried out.

usage: same_command.py OWN_BUILD OTHER_BUILD COMPILER ARGUMENT...
"""

import json
import os
import pathlib
import shlex
import shutil
import sys

WITH_OUTPUT = {"-o", "-MF", "-MT"}
OUTPUT = WITH_OUTPUT | {"-MD"}


def essence(words, folder):
    """The words of a command without its outputs, and without the build folder's name.

    Precompiled headers have one suffix: for clang it depends on the languages of the project."""
    kept, skip = [], False
    for word in words:
        if not skip and word not in OUTPUT:
            kept.append(word.replace(folder, "BUILD").replace(".gch", ".pch"))
        skip = word in WITH_OUTPUT
    return kept


def find(own, other, command):
    wanted = essence(command, f"{other}/heddle")
    source = wanted[wanted.index("-c") + 1]
    for entry in json.loads((pathlib.Path(own) / "compile_commands.json").read_text()):
        if entry["file"].replace(own, "BUILD") != source:
            continue
        words = shlex.split(entry["command"])
        if "ccache" in words[0]:
            words = words[1:]
        path = pathlib.Path(entry["directory"], words[words.index("-o") + 1])
        if path.exists() and essence(words, own)[1:] == wanted[1:]:
            return path
    return None


def main(own, other, *command):
    found = find(own, other, list(command)) if "-c" in command else None
    if found is None:
        os.execvp(command[0], command)
    target = command[command.index("-o") + 1]
    shutil.copyfile(found, target)
    if "-MF" in command:
        pathlib.Path(command[command.index("-MF") + 1]).write_text(f"{target}:\n")
    print(f"taken: {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
