#!/usr/bin/env python3
"""How many lines of src/ and include/ the tests have run: coverage.py BUILD_FOLDER.

Reads BUILD_FOLDER/profiles/*.profraw, which the programs of a build with WEFT_COVERAGE have left. Prints a line a file,
the least covered first, and the sum; writes each line that was not run to BUILD_FOLDER/uncovered.txt.
"""

import json
import pathlib
import shutil
import subprocess
import sys


def tool(name):
    path = shutil.which(f"{name}-19") or shutil.which(name)
    if path is None:
        sys.exit(f"coverage: {name} is missing (Debian package llvm-19)")
    return path


def programs(build):
    """What was built and may have left counters."""
    found = [p for p in sorted((build / "tests").iterdir()) if p.is_file()]
    return found + [p for p in sorted((build / "bin").glob("*")) if p.is_file()]


def lines_of(segments):
    """(line, count) of all lines that hold code, from the segments of llvm-cov's JSON."""
    counts = {}
    for this, following in zip(segments, segments[1:]):
        line, _, count, has_count, *_ = this
        end = following[0] if following[1] > 1 else following[0] - 1
        if not has_count:
            continue
        for at in range(line, max(end, line) + 1):
            counts[at] = max(counts.get(at, 0), count)
    return sorted(counts.items())


def main():
    build = pathlib.Path(sys.argv[1])
    root = pathlib.Path(__file__).resolve().parent.parent
    profile = build / "all.profdata"
    raw = [str(p) for p in (build / "profiles").glob("*.profraw")]
    if not raw:
        sys.exit("coverage: no program has left its counters")
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "-o", profile, *raw], check=True)
    all_programs = programs(build)
    arguments = [str(all_programs[0])]
    for program in all_programs[1:]:
        arguments += ["-object", str(program)]
    exported = subprocess.run(
        [tool("llvm-cov"), "export", "-instr-profile", profile, *arguments, "-skip-expansions",
         str(root / "src"), str(root / "include")],
        check=True, stdout=subprocess.PIPE)
    rows, missing, summed, run = [], [], 0, 0
    for entry in json.loads(exported.stdout)["data"][0]["files"]:
        path = pathlib.Path(entry["filename"])
        if path.name.endswith("_test.cpp") or root not in path.parents:
            continue
        lines = lines_of(entry["segments"])
        covered = sum(1 for _, count in lines if count)
        summed += len(lines)
        run += covered
        name = path.relative_to(root)
        if lines:
            rows.append((covered / len(lines), covered, len(lines), name))
        text = path.read_text().splitlines()
        missing += [f"{name}:{at}: {text[at - 1].strip()}" for at, count in lines if not count and at <= len(text)]
    for share, covered, count, name in sorted(rows):
        print(f"{100 * share:6.1f} %  {covered:5} of {count:5}  {name}")
    (build / "uncovered.txt").write_text("\n".join(missing) + "\n")
    print(f"\n{100 * run / max(summed, 1):.1f} % of {summed} lines of src/ and include/ were run; "
          f"the {len(missing)} others stand in {build / 'uncovered.txt'}")


if __name__ == "__main__":
    main()
