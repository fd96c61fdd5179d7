#!/usr/bin/env python3
"""Counts the tests of one run: `summary.py BUILD_FOLDER` prints "<passed> <failed>".

A GoogleTest program counts with its cases, anything else that ctest ran as one. A program that died or was stopped
has no complete list of cases and counts as one failure. Skipped cases count as neither. The names of failed and of
skipped cases go to the standard error.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


def count_program(file):
    """Cases of one GoogleTest program as (passed, failed), or None if it left no complete list."""
    try:
        root = xml.parse(file).getroot()
    except (OSError, xml.ParseError):
        return None
    cases = list(root.iter("testcase"))
    skipped = [case for case in cases if case.get("result") == "skipped" or case.find("skipped") is not None]
    for case in skipped:
        print(f"skipped: {file.stem}: {case.get('classname')}.{case.get('name')}", file=sys.stderr)
    failures = [f"{case.get('classname')}.{case.get('name')}"
                for case in cases if case.find("failure") is not None]
    for name in failures:
        print(f"failed: {file.stem}: {name}", file=sys.stderr)
    return len(cases) - len(skipped) - len(failures), len(failures)


def main():
    build = pathlib.Path(sys.argv[1])
    passed = failed = 0
    for entry in xml.parse(build / "ctest.xml").getroot().iter("testcase"):
        ok = entry.get("status") == "run"
        cases = count_program(build / "test-results" / f"{entry.get('name')}.xml")
        if cases is None or (not ok and cases[1] == 0):
            cases = (1, 0) if ok else ((cases[0] if cases else 0), 1)
            if not ok:
                print(f"failed: {entry.get('name')}", file=sys.stderr)
        passed += cases[0]
        failed += cases[1]
    print(passed, failed)


if __name__ == "__main__":
    main()
