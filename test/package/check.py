#!/usr/bin/env python3
"""Builds and runs test/package/consumer against weft, the way that a user's project would.

find_package: installs the build into a scratch folder and finds it there.
add_subdirectory: takes the source tree as a folder of the consumer's project.
The consumer is built with the compiler and flags of the build under test.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

FORWARDED = [
    "CMAKE_BUILD_TYPE", "CMAKE_CXX_COMPILER", "CMAKE_C_COMPILER", "CMAKE_CXX_FLAGS", "CMAKE_CXX_FLAGS_RELEASE",
    "CMAKE_CXX_FLAGS_DEBUG", "CMAKE_C_FLAGS_RELEASE", "CMAKE_C_FLAGS_DEBUG", "WEFT_SANITIZE", "WEFT_WERROR",
]


def read_cache(build):
    text = (build / "CMakeCache.txt").read_text()
    return dict(re.findall(r"^([A-Za-z_]\w*):\w+=(.*)$", text, re.M))


def run(*command):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(c) for c in command)}\nended with {done.returncode}:\n{done.stdout[-6000:]}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["find_package", "add_subdirectory"])
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--components", nargs="+", required=True)
    options = parser.parse_args()

    cache = read_cache(options.build)
    # Beside the build under test: ccache sees the same relative paths and knows the objects already.
    scratch = options.build.with_name(f"{options.build.name}-{options.way}")
    shutil.rmtree(scratch, ignore_errors=True)

    arguments = ["-G", cache["CMAKE_GENERATOR"]]
    arguments += [f"-D{name}={cache[name]}" for name in FORWARDED if cache.get(name)]
    if cache.get("WEFT_SANITIZE"):
        arguments.append(f"-DCMAKE_EXE_LINKER_FLAGS=-fsanitize={cache['WEFT_SANITIZE']}")
    if options.way == "find_package":
        run("cmake", "--install", options.build, "--prefix", scratch / "prefix")
        arguments.append(f"-DCMAKE_PREFIX_PATH={scratch / 'prefix'}")
        components = options.components
    else:
        arguments.append(f"-DWEFT_SOURCE={options.source}")
        components = ["weft"]  # one library proves it
        arguments += [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX") if shutil.which("ccache")]
    arguments.append(f"-DWEFT_COMPONENTS={';'.join(components)}")
    run("cmake", "-S", options.source / "test/package/consumer", "-B", scratch, *arguments)
    run("cmake", "--build", scratch, "--parallel", "2")
    print(run(scratch / "consumer"), end="")


if __name__ == "__main__":
    main()
