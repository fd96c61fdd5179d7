#!/usr/bin/env python3
"""weft's own style test: what STYLE.md says and a machine can see.

    tidy.py [--root FOLDER] [--only CHECK]…

Prints one line per finding and exits with 1 if there is one. A line may be excused, with its reason, by
`// tidy: allow(rule) reason` on it or above it. What needs a compiler is in headers.py.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from checks import atomics, documents, includes, invariants, models, sizes  # noqa: E402
from tree import Tree  # noqa: E402

CHECKS = {
    "includes": includes.check,
    "sizes": sizes.check,
    "atomics": atomics.check,
    "invariants": invariants.check,
    "documents": documents.check,
    "models": models.check,
}


def run(root, names=tuple(CHECKS)):
    tree = Tree(root)
    return sorted({finding for name in names for finding in CHECKS[name](tree)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--only", action="append", choices=list(CHECKS))
    options = parser.parse_args()

    findings = run(options.root, options.only or tuple(CHECKS))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings" if findings else "tidy: nothing found")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
