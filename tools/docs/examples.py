#!/usr/bin/env python3
"""The examples of the documents, as a program and as a test. docs/README.md says how they are written.

    examples.py list PAGE.md                         the libraries that the page needs, one per line
    examples.py generate OUT.cpp PAGE.md…            one program of all the examples of these pages
    examples.py run PAGE.md PROGRAM                  runs each of the page's, and compares what it prints
"""

import argparse
import pathlib
import re
import subprocess
import sys

PRELUDE = """\
#undef NDEBUG  // the asserts of the examples count in every build
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <cassert>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>
"""
TIME_LIMIT_S = 60


class PageError(Exception):
    pass


class Block:
    """A fence ```cpp [body|synopsis|fails], or a comment <!-- setup … -->. `line`: of its first line of code."""

    def __init__(self, kind, line, code):
        self.kind, self.line, self.code = kind, line, code
        self.output = None

    @property
    def is_run(self):
        return self.kind == "body" or (self.kind == "program" and re.search(r"^int main\(\)", self.code, re.M))


def parse(page):
    """The blocks of a page in order, the headers it includes and the libraries it needs."""
    blocks, headers, needs = [], [], []
    lines = page.read_text().split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        said = re.fullmatch(r"<!-- (include|needs): (.*?) -->", line.strip())
        if said:
            (headers if said[1] == "include" else needs).extend(said[2].split())
            continue
        fence = re.fullmatch(r"```(\w+)(?: +(\w+))?", line.strip())
        setup = line.strip() == "<!-- setup"
        if not fence and not setup:
            continue
        first, end = at, "-->" if setup else "```"
        while at < len(lines) and lines[at].strip() != end:
            at += 1
        if at == len(lines):
            raise PageError(f"{page}:{first}: this block has no end")
        code = "\n".join(lines[first:at]) + "\n"
        at += 1
        if setup:
            blocks.append(Block("setup", first + 1, code))
        elif fence[1] == "cpp":
            if fence[2] not in (None, "body", "synopsis"):
                raise PageError(f"{page}:{first}: unknown kind of example '{fence[2]}'")
            blocks.append(Block(fence[2] or "program", first + 1, code))
        elif fence[1] == "output":
            if not blocks or not blocks[-1].is_run or blocks[-1].output is not None:
                raise PageError(f"{page}:{first}: 'output' must follow an example that runs")
            blocks[-1].output = code
    return blocks, headers, needs


def without_includes(code):
    """Code and its #include lines, apart; the lines keep their numbers."""
    includes = re.findall(r"^[ \t]*#[ \t]*include\b.*$", code, re.M)
    return re.sub(r"^[ \t]*#[ \t]*include\b.*$", "", code, flags=re.M), includes


def name_of(page):
    """An identifier for the page, the same wherever the tree lies."""
    return re.sub(r"\W", "_", "_".join(page.with_suffix("").parts[-2:]))


def generate(pages):
    """One program: what its pages include is compiled once, and each page is a namespace of its own."""
    includes, bodies, runs = [], [], []
    for page in pages:
        blocks, headers, _ = parse(page)
        includes += [f"#include <{h}>" for h in headers]
        inside = []
        for block in blocks:
            if block.kind == "synopsis":
                continue
            code, more = without_includes(block.code)
            includes += more
            place = f'#line {block.line} "{page}"\n'
            if block.kind == "setup":
                inside.append(f"namespace {{\n{place}{code}}}  // namespace\n")
                continue
            name = f"example_{block.line}"
            called = f"{name_of(page)}::{name}"
            if block.kind == "body":
                awaits = re.search(r"\bco_await\b|\bco_return\b", code)
                head = "weft::task<> body() {" if awaits else "void body() {"
                inside.append(f"namespace {name} {{ namespace {{\n{head}\n{place}{code}}}\n}} }}\n")
                runs.append((page, block.line, f"{called}::body(){'.wait()' if awaits else ''}; return 0;"))
            else:
                # Inside a namespace it is a function as any other, which has to return something.
                code = re.sub(r"^(int main\(\) \{.*?^)\}", r"\1return 0; }", code, flags=re.M | re.S)
                inside.append(f"namespace {name} {{\n{place}{code}}}\n")
                if block.is_run:
                    runs.append((page, block.line, f"return {called}::main();"))
        bodies.append(f"namespace {name_of(page)} {{\n" + "\n".join(inside) + "}\n")
    cases = "".join(f'  if (wanted == "{name_of(page)}:{line}") {{ {call} }}\n' for page, line, call in runs)
    return "".join([PRELUDE, "".join(f"{i}\n" for i in dict.fromkeys(includes)),
                    "\nusing namespace std::chrono_literals;\n\n", "\n".join(bodies),
                    '\n#line 1 "main"\nint main(int, char** arguments) {\n  const std::string wanted = arguments[1];\n',
                    cases, "  return 99;\n}\n"])


def run(page, program):
    blocks, _, _ = parse(page)
    failures = 0
    ran = [block for block in blocks if block.is_run]
    for block in ran:
        try:
            done = subprocess.run([program, f"{name_of(page)}:{block.line}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  timeout=TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            print(f"{page}:{block.line}: does not end within {TIME_LIMIT_S} s")
            failures += 1
            continue
        if done.returncode != 0:
            print(f"{page}:{block.line}: ended with {done.returncode}\n{done.stdout}{done.stderr}")
            failures += 1
        elif block.output is not None and done.stdout != block.output:
            print(f"{page}:{block.line}: prints\n{done.stdout}and not, as the page says\n{block.output}")
            failures += 1
    print(f"{len(ran)} examples ran, {failures} failed")
    return failures == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["list", "generate", "run"])
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    try:
        if options.command == "list":
            print("\n".join(parse(options.paths[0])[2]))
        elif options.command == "generate":
            options.paths[0].write_text(generate(options.paths[1:]))
        elif not run(*options.paths):
            sys.exit(1)
    except PageError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
