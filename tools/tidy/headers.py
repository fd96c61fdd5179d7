#!/usr/bin/env python3
"""Checks of public headers that need a compiler.

    headers.py alone  --compiler C++ [--cache FILE]   each header compiles with nothing before it
    headers.py budget --compiler C++                  weft/task.hpp stays within its budget of lines

`alone` remembers, by the content of a header and of all that it includes of weft's, what it has compiled.
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from tree import Tree  # noqa: E402

BUDGET_HEADER = "weft/task.hpp"
BUDGET_LINES = 55_000
BUDGET_OWN_LINES = 6_000
SHOWN_IN_FULL = 3  # errors; one bad header fails all that include it


def digest(header, by_name, compiler):
    """A hash over a header and the closure of its includes of weft's."""
    seen, todo, state = set(), [header], hashlib.sha256(compiler.encode())
    while todo:
        source = todo.pop()
        if source.path in seen:
            continue
        seen.add(source.path)
        todo += [by_name[i.target] for i in source.includes if i.target in by_name]
    for path in sorted(seen):
        state.update(path.encode() + b"\0" + by_name[path.removeprefix("include/")].text.encode())
    return state.hexdigest()


def compiles(compiler, include, header):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{include}", "-x", "c++", "-"]
    done = subprocess.run(command, input=f"#include <{header}>\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def alone(root, compiler, cache_file):
    tree = Tree(root)
    headers = [s for s in tree.sources if s.is_public and s.is_header]
    by_name = {s.path.removeprefix("include/"): s for s in headers}
    known = set(json.loads(cache_file.read_text())) if cache_file and cache_file.exists() else set()
    digests = {s.path: digest(s, by_name, compiler) for s in headers}
    todo = [s for s in headers if digests[s.path] not in known]

    failures = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda s: compiles(compiler, tree.root / "include", s.path.removeprefix("include/")), todo)
        for source, (passed, output) in zip(todo, results):
            if passed:
                known.add(digests[source.path])
            else:
                failures += 1
                shown = output[:1500] if failures <= SHOWN_IN_FULL else ""
                print(f"{source.path} does not compile alone\n{shown}")
    if cache_file:
        cache_file.write_text(json.dumps(sorted(known & set(digests.values()))))
    print(f"{len(headers)} headers, {len(todo)} compiled, {failures} do not stand alone")
    return failures == 0


def count_own_lines(preprocessed):
    """weft's own non-blank lines of a preprocessed text with line markers."""
    own = 0
    in_weft = False
    for line in preprocessed.split("\n"):
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            in_weft = "/weft/" in marker.group(1)
        elif line.strip():
            own += in_weft
    return own


def budget(root, compiler):
    if not (root / "include" / BUDGET_HEADER).exists():
        print(f"{BUDGET_HEADER} does not exist yet")
        return True

    def preprocess(*more):
        command = [compiler, "-std=c++20", "-E", *more, f"-I{root / 'include'}", "-x", "c++", "-"]
        return subprocess.run(command, input=f"#include <{BUDGET_HEADER}>\n", stdout=subprocess.PIPE, text=True,
                              check=True).stdout

    total = sum(1 for line in preprocess("-P").split("\n") if line.strip())
    own = count_own_lines(preprocess())
    print(f"{BUDGET_HEADER}: {total} lines of {BUDGET_LINES}, {own} of them weft's own, of {BUDGET_OWN_LINES}")
    return total <= BUDGET_LINES and own <= BUDGET_OWN_LINES


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", choices=["alone", "budget"])
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--cache", type=pathlib.Path)
    options = parser.parse_args()
    if options.check == "alone":
        passed = alone(options.root, options.compiler, options.cache)
    else:
        passed = budget(options.root, options.compiler)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
