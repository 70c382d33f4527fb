"""Writes man pages and bash completion for installing, from what `heddle --help` says, and the
change logs of a Debian package.

usage: manual.py HEDDLE TEMPLATES CHANGELOG OUTPUT (a program, a folder, a file, a folder)
"""

import email.utils
import gzip
import os
import pathlib
import re
import subprocess
import sys

FIRST_RELEASE = 1767225600  # 2026-01-01

def help_of(heddle, *words):
    return subprocess.run([heddle, *words, "--help"], check=True, capture_output=True,
                          text=True).stdout


def entries(text, heading):
    """(name, help) of the lines below a heading of --help; a help may go on in further lines."""
    found = []
    section = re.search(rf"^{heading}:\n((?:[ ].*\n)*)", text, re.MULTILINE)
    for line in section.group(1).splitlines() if section else []:
        name = re.match(r"  (\S+(?: \S+)*)(?:  +(.*))?$", line)
        if name:
            found.append((name.group(1), name.group(2) or ""))
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
    return found


def commands_of(heddle):
    """[(name, help, usage, flags)] of each command, in the order of --help."""
    found = []
    for name, summary in entries(help_of(heddle), "Subcommands"):
        text = help_of(heddle, name)
        operands = " ".join(word for word, _ in entries(text, "Positionals"))
        found.append((name, summary, operands, entries(text, "Options")))
    return found


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fP", text)
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def flag_text(name):
    """`-q,--quiet` and `--seed N` as a man page shows them: the flag bold, its value not."""
    flag, _, value = name.partition(" ")
    flag = ", ".join(f"\\fB{roff(part)}\\fP" for part in flag.split(","))
    return f"{flag}=\\fI{roff(value)}\\fP" if value else flag


def manual_commands(commands):
    lines = []
    for name, summary, operands, flags in commands:
        lines += [".TP", f".BI \"heddle {roff(name)} \" \"{roff(operands)}\"", roff(summary) + "."]
        short = [flag.partition(" ")[0].split(",")[-1] for flag, _ in flags]
        lines += [".br", "Flags: " + roff(", ".join(short)) + "."]
    return "\n".join(lines)


def manual_flags(commands):
    """Each flag once; where its help differs between commands, once for each help."""
    users = {}
    for name, _, _, flags in commands:
        for flag in flags:
            users.setdefault(flag, []).append(name)
    lines = []
    for (flag, text), names in users.items():
        some = "" if len(names) == len(commands) else f" ({', '.join(names)})"
        lines += [".TP", flag_text(flag), roff(text + some)]
    return "\n".join(lines)


def completion_flags(commands):
    lines = []
    for name, _, _, flags in commands:
        words = []
        for flag, _ in flags:
            long_name, _, value = flag.partition(" ")
            words.append(long_name.split(",")[-1] + ("=" if value else ""))
        lines.append(f"    {name}) flags='{' '.join(words)}' ;;")
    return "\n".join(lines)


def strategies_of(commands):
    text = next(text for _, _, _, flags in commands for flag, text in flags
                if flag.startswith("--strategy"))
    return re.findall(r"([\w-]+) \(", text)


def debian_changelog(version):
    """Of the packaging. Its date is that of SOURCE_DATE_EPOCH, and one for all without it."""
    date = email.utils.formatdate(int(os.environ.get("SOURCE_DATE_EPOCH", FIRST_RELEASE)))
    return (f"heddle ({version}-1) unstable; urgency=medium\n\n"
            "  * See changelog.gz for what has changed.\n\n"
            f" -- Heddle maintainers <maintainers@heddle.invalid>  {date}\n")


def main(heddle, templates, changelog, output):
    commands = commands_of(heddle)
    version = subprocess.run([heddle, "--version"], check=True, capture_output=True, text=True)
    values = {
        "VERSION": version.stdout.strip(),
        "COMMANDS": manual_commands(commands),
        "FLAGS": manual_flags(commands),
        "COMMAND_NAMES": " ".join(name for name, _, _, _ in commands),
        "COMMAND_FLAGS": completion_flags(commands),
        "STRATEGIES": " ".join(strategies_of(commands)),
    }

    def fill(template):
        text = (templates / template).read_text(encoding="utf-8")
        return re.sub(r"@([A-Z_]+)@", lambda match: values[match.group(1)], text)

    def compress(name, text):
        # Without name and time of day: equal input, equal bytes.
        (output / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))

    output.mkdir(parents=True, exist_ok=True)
    compress("heddle.1.gz", fill("heddle.1.in"))
    compress("heddle-c++.1.gz", fill("heddle-c++.1.in"))
    compress("heddle-cc.1.gz", ".so man1/heddle-c++.1\n")
    compress("changelog.gz", changelog.read_text(encoding="utf-8"))
    compress("changelog.Debian.gz", debian_changelog(values["VERSION"].split()[-1]))
    (output / "heddle.bash").write_text(fill("completion.bash.in"), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], *map(pathlib.Path, sys.argv[2:]))
