"""Orders above relaxed: each file that has some stands in test/model/orders.md, with its model or why it has none."""

import re

from tree import Finding
from checks import atomics

TABLE = "test/model/orders.md"
ROW = re.compile(r"^\| `([^`]+)` \| \S", re.M)
FENCE = re.compile(r"\bfull_fence\s*\(")
STRONG = {"acquire", "release", "acq_rel", "seq_cst"}


def check(tree):
    table = tree.root / TABLE
    if not table.exists():
        return
    text = table.read_text()
    listed = set(ROW.findall(text))
    found = {source.path for source in tree.sources
             if source.module is not None and not source.is_test and _has_order(source)}
    for path in sorted(found - listed):
        yield Finding(path, 1, "model", f"has an order above relaxed and no row in {TABLE}: which model, or why none?")
    for path in sorted(listed - found):
        yield Finding(TABLE, 1, "model", f"{path} has no order above relaxed")


def _has_order(source):
    if FENCE.search(source.code):
        return True
    return any(STRONG & set(atomics.ORDER.findall(atomics._arguments(source.code, match.end())))
               for match in atomics.OPERATION.finditer(source.code))
