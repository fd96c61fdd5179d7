"""Documents: what they name exists.

A path is a link's target, or text between backquotes that begins with a top folder of the tree or with `weft/`
(below include/). Text with a placeholder in it (<module>, *, …, a file named x) is a pattern, not a path. A module's
folders and its façade count as soon as modules.txt has its row.

A listing under the line `<!-- from: FILE -->` stands in that file, which is compiled and run: it cannot grow stale.
"""

import re

from tree import Finding

LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^[\w.-]+(?:/[\w.+-]+)*/?(?::\d+)?$")
PLACEHOLDER = re.compile(r"(^|/)x(_test|_bench)?\.\w+$")
FENCE = re.compile(r"^\s*```")
LISTING = re.compile(r"^<!-- from: (\S+) -->\n+```\w*\n(.*?)^```", re.S | re.M)


def check(tree):
    tops = {path.split("/")[0] for path in tree.paths if "/" in path} | {"docs", "bench", "web", "testkit", "examples"}
    for path in tree.paths:
        if not path.endswith(".md") or path == "CHANGELOG.md":
            continue
        text = (tree.root / path).read_text()
        fenced = False
        for number, line in enumerate(text.split("\n"), 1):
            fenced ^= bool(FENCE.match(line))
            if not fenced:
                yield from _line(tree, path, number, line, tops)
        for match in LISTING.finditer(text):
            yield from _listing(tree, path, text.count("\n", 0, match.start()) + 1, *match.groups())


def _listing(tree, path, number, file, listing):
    if not tree.has(file):
        yield Finding(path, number, "document", f"shows a part of {file}, which does not exist")
    elif not _stands_in(listing, (tree.root / file).read_text()):
        yield Finding(path, number, "document", f"this listing does not stand in {file}")


def _stands_in(listing, text):
    """Whether the pieces of a listing, which lines with nothing but … part, stand in the text in their order."""
    at = 0
    text = " ".join(text.split())
    for piece in re.split(r"^\s*(?://\s*)?…\s*$", listing, flags=re.M):
        piece = " ".join(piece.split())
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _announced(tree, text):
    """A module of modules.txt: its folders, its façade."""
    match = re.match(r"^(?:(?:src|include/weft|weft)/)([a-z_]+)(?:/?|\.hpp)$", text)
    return match is not None and match.group(1) in tree.modules.layer


def _line(tree, path, number, line, tops):
    folder = path.rsplit("/", 1)[0] + "/" if "/" in path else ""
    for target in LINK.findall(line):
        if "://" not in target and not target.startswith("mailto:") and not tree.has(folder + target):
            yield Finding(path, number, "document", f"links to {target}, which does not exist")
    for text in QUOTED.findall(line):
        text = text.strip()
        if not PATH.match(text) or "/" not in text or PLACEHOLDER.search(text) or _announced(tree, text):
            continue
        text = re.sub(r":\d+$", "", text)
        top = text.split("/")[0]
        known = tree.has(text) or tree.has(folder + text)
        known = known or (top == "weft" and any(tree.has(below + text) for below in ("include/", "testkit/include/")))
        if (top in tops or (top == "weft" and text.endswith(".hpp"))) and not known:
            yield Finding(path, number, "document", f"names {text}, which does not exist")
