"""A function fits on a screen (70 lines) and a file is read in one sitting (500 lines).

Functions are found by clang-format's layout: a body opens with `{` at the end of a line and closes
with `}` at the same indentation.
"""

import ast
import re

import tidy

FUNCTION_LINES = 70
FILE_LINES = 500
NOT_A_FUNCTION = re.compile(
    r"^(namespace|class|struct|enum|union|extern|if|for|while|switch|do|else|try|\}|case|default)\b")

# A lambda's closing brace may stand anywhere; its lines count for the function around it.
LAMBDA = re.compile(r"\[[^\]]*\]\s*[({]")


def long_functions(path, text):
    lines = tidy.without_comments(text).splitlines()
    found = []
    for index, line in enumerate(lines):
        if not line.endswith("{"):
            continue
        start = index
        while start > 0 and lines[start - 1].strip() and lines[start - 1].rstrip()[-1] not in ";{}:":
            start -= 1
        indent = len(lines[start]) - len(lines[start].lstrip())
        if indent not in (0, 2):
            continue
        declaration = " ".join(lines[start:index + 1]).strip()
        if (NOT_A_FUNCTION.match(declaration) or "(" not in declaration
                or LAMBDA.search(declaration)):
            continue
        end = next((i for i in range(index + 1, len(lines))
                    if lines[i].startswith(" " * indent + "}")), len(lines) - 1)
        length = end - start + 1
        if length > FUNCTION_LINES:
            found.append(f"{path}:{start + 1}: a function of {length} lines: {declaration[:60]}")
    return found


def long_python_functions(path, text):
    return [f"{path}:{node.lineno}: a function of {node.end_lineno - node.lineno + 1} lines"
            for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)
            if node.end_lineno - node.lineno + 1 > FUNCTION_LINES]


def long_file(path, text):
    count = text.count("\n")
    return [f"{path}: {count} lines"] if count > FILE_LINES else []


def check():
    found = []
    for path in tidy.code_files("harness", "scenarios", "tests"):
        text = tidy.read(path)
        found += long_file(path, text) + long_functions(path, text)
    for path in sorted((tidy.SOURCE_DIR / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found += long_file(path, text) + long_python_functions(path, text)
    return found


def self_test():
    def function(head, lines):
        return head + " {\n" + "  work();\n" * lines + "}\n"
    assert not long_functions("a.cc", function("int f()", 68))
    assert len(long_functions("a.cc", function("int f()", 69))) == 1
    assert len(long_functions("a.cc", function("A::A(int x)\n    : x_(x)", 68))) == 1
    assert not long_functions("a.cc", function("namespace heddle", 90))
    assert not long_functions("a.cc", function("struct A", 90))
    assert not long_functions("a.cc", function("  const int x = with([&](int y)", 90))
    method = "class A {\n  int f() const {\n" + "    work();\n" * 80 + "  }\n};\n"
    assert len(long_functions("a.h", method)) == 1
    assert len(long_file("a.cc", "\n" * 501)) == 1
    assert len(long_python_functions("a.py", "def f():\n" + "    pass\n" * 70)) == 1


if __name__ == "__main__":
    tidy.run(check, self_test)
