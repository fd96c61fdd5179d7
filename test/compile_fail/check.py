#!/usr/bin/env python3
"""Checks that each *.cpp in this folder does not compile, for the reason that it gives.

A line `// expect: <regex>` says what the compiler's message must contain (`// expect-clang:` and `// expect-gcc:`
where they differ). A file that mentions WEFT_COMPILE_OK is compiled again with that macro and must then pass, which
shows that nothing but the misuse is wrong with it.
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys


def compile_only(compiler, include, file, *more):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{include}", *more, str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def expectations(text, compiler):
    family = "clang" if "clang" in pathlib.Path(compiler).name else "gcc"
    return [m.group(2).strip() for m in re.finditer(r"^// expect(-clang|-gcc)?: (.*)$", text, re.M)
            if m.group(1) in (None, f"-{family}")]


def check(file, compiler, include):
    text = file.read_text()
    expected = expectations(text, compiler)
    if not expected:
        return f"{file.name}: has no line '// expect: <regex>' for this compiler"
    passed, output = compile_only(compiler, include, file)
    if passed:
        return f"{file.name}: compiles, and must not"
    for pattern in expected:
        if not re.search(pattern, output):
            return f"{file.name}: fails, but its message has nothing like '{pattern}':\n{output[:2000]}"
    if "WEFT_COMPILE_OK" in text:
        passed, output = compile_only(compiler, include, file, "-DWEFT_COMPILE_OK")
        if not passed:
            return f"{file.name}: must compile with WEFT_COMPILE_OK, and does not:\n{output[:2000]}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", required=True)
    options = parser.parse_args()

    files = sorted(pathlib.Path(__file__).parent.glob("*.cpp"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda file: check(file, options.compiler, options.include), files))
    problems = [result for result in results if result]
    print("\n".join(problems) if problems else f"{len(files)} files do not compile, as they should not")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
