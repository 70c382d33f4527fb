"""The environment is read in frontends alone: everything else is given its options."""

import re

import tidy

READS = re.compile(r"\b((?:secure_)?getenv|environ)\b")


def violations_of(path, text):
    if path.startswith("harness/frontends/"):
        return []
    lines = tidy.without_comments(text).splitlines()
    return [f"{path}:{number}: {match.group(1)} belongs to frontends"
            for number, line in enumerate(lines, 1) for match in [READS.search(line)] if match]


def check():
    return [violation for path in tidy.code_files("harness")
            for violation in violations_of(str(path), tidy.read(path))]


def self_test():
    text = '// getenv\nconst char* home = std::getenv("HOME");\nextern char** environ;\n'
    assert len(violations_of("harness/engine/a.cc", text)) == 2
    assert not violations_of("harness/frontends/start.cc", text)
    assert not violations_of("harness/engine/a.cc", 'int environment;  // environ\n"getenv";\n')


if __name__ == "__main__":
    tidy.run(check, self_test)
