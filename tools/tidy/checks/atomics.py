"""Atomic operations: through the seam, with an order, and with a note that says what it pairs with.

The note stands in the comment above the operation: `// order: release; pairs with acquire in steal. Publishes it.`
"""

import re

from tree import Finding

OPERATION = re.compile(
    r"(?:\.|->)\s*(load|store|exchange|fetch_\w+|compare_exchange_weak|compare_exchange_strong|test_and_set)\s*\(")
ORDER = re.compile(r"\b(?:memory_order(?:::|_))?(relaxed|acquire|release|acq_rel|seq_cst|consume)\b")
NAMED_ORDER = re.compile(r"\b\w+_order\b")  # a constant that differs between builds
PAIR = re.compile(r"pairs? with\b(.*?)(?:\.(?:\s|$)|;|$)")
# Another note that says it: "as above", "as in release_handle".
SAME_AS = re.compile(r"\bas (?:above|below|in `?\w)|\bsee (?:above|below)")
NAME_AFTER_IN = re.compile(r"\bin `?((?:[A-Za-z_]\w*::)*~?[A-Za-z_]\w*)")
NOT_NAMES = {"a", "an", "the", "each", "every", "any", "all", "its", "this", "that", "other", "another", "both", "turn"}
NOTE = re.compile(r"//[/!<]*\s*order:")
# How far above its operation a note may stand: a loop head or a condition may lie between.
NOTE_DISTANCE = 8
SEAM = "include/weft/base/atomic.hpp"
DIRECT = re.compile(r"\bstd::(atomic(?:_\w+)?)\b|#\s*include\s*<(atomic)>")


def check(tree):
    for source in tree.sources:
        if source.module is None or source.is_test or source.path == SEAM:
            continue
        yield from _seam(source)
        yield from _operations(source)
        yield from _notes(tree, source)


def _seam(source):
    for match in DIRECT.finditer(source.code):
        line = source.line_at(match.start())
        if not source.allows(line, "atomic_seam"):
            yield Finding(source.path, line, "atomic_seam", f"uses {match.group().strip()}: take it from {SEAM}")


def _operations(source):
    for match in OPERATION.finditer(source.code):
        line = source.line_at(match.start())
        if source.allows(line, "atomic_order"):
            continue
        arguments = _arguments(source.code, match.end())
        orders = ORDER.findall(arguments)
        if match.group(1).startswith("compare_exchange"):
            orders = orders[:1]  # on failure it is a load that the caller looks at
        orders = set(orders)
        if not orders and not NAMED_ORDER.search(arguments):
            yield Finding(source.path, line, "atomic_order", f"{match.group(1)} names no memory order")
            continue
        note = _note_above(source, line)
        if note is None:
            yield Finding(source.path, line, "atomic_order",
                          f"{match.group(1)} has no note 'order: …' within {NOTE_DISTANCE} lines above it")
        elif not orders <= set(ORDER.findall(note)):
            missing = ", ".join(sorted(orders - set(ORDER.findall(note))))
            yield Finding(source.path, line, "atomic_order", f"the note above does not speak of {missing}")


def _arguments(code, start):
    depth, at = 1, start
    while depth > 0 and at < len(code):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        at += 1
    return code[start:at - 1]


def _note_above(source, line):
    """The notes within reach of an operation, as one text: a comparison may need one for each of its orders."""
    texts = []
    for number in range(line, max(0, line - NOTE_DISTANCE - _comment_height(source, line)) - 1, -1):
        if number >= 1 and NOTE.search(source.lines[number - 1]):
            texts.append(_note_at(source, number))
    return " ".join(texts) if texts else None


def _comment_height(source, line):
    """Lines of the comment nearest above `line`: a long note does not push itself out of reach."""
    number, height = line - 1, 0
    while number >= 1 and not _is_comment(source, number) and line - number <= NOTE_DISTANCE:
        number -= 1
    while number >= 1 and _is_comment(source, number):
        number -= 1
        height += 1
    return height


def _is_comment(source, number):
    return source.lines[number - 1].lstrip().startswith("//")


def _note_at(source, number):
    """The note that begins on line `number`: up to the end of the comment, or to the next note."""
    text = source.lines[number - 1].split("order:", 1)[1]
    while _is_comment(source, number) and number < len(source.lines) and _is_comment(source, number + 1):
        number += 1
        if NOTE.search(source.lines[number - 1]):
            break
        text += " " + source.lines[number - 1].lstrip().lstrip("/").strip()
    return text.strip()


def _notes(tree, source):
    for number, text in enumerate(source.lines, 1):
        if not NOTE.search(text) or source.allows(number, "order_note"):
            continue
        note = _note_at(source, number)
        claim = re.split(r"[;.:]", note)[0]
        orders = set(ORDER.findall(claim))
        if not orders:
            yield Finding(source.path, number, "order_note", "names no memory order")
        elif len(note.split()) < 3:
            yield Finding(source.path, number, "order_note", "gives no reason")
        elif orders & {"acquire", "release"} and not PAIR.search(note) and not SAME_AS.search(note):
            # acq_rel may pair with itself, as the count of references does, and then the reason says so.
            yield Finding(source.path, number, "order_note", "does not say what it pairs with")
        for pair in PAIR.finditer(note):
            for name in NAME_AFTER_IN.findall(pair.group(1)):
                if name not in NOT_NAMES and name.rsplit("::", 1)[-1].lstrip("~") not in tree.identifiers:
                    yield Finding(source.path, number, "order_note", f"pairs with something in '{name}', which is nowhere")
