"""Documents: what they name exists.

A path is a link's target, or text between backquotes that begins with a top folder of the tree or with `weft/`
(below include/). Text with a placeholder in it (<module>, *, …) is a pattern, not a path.
"""

import re

from tree import Finding

LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^[\w.-]+(?:/[\w.+-]+)*/?(?::\d+)?$")
FENCE = re.compile(r"^\s*```")


def check(tree):
    tops = {path.split("/")[0] for path in tree.paths if "/" in path} | {"docs", "bench", "web", "testkit", "examples"}
    for path in tree.paths:
        if not path.endswith(".md") or path == "CHANGELOG.md":
            continue
        fenced = False
        for number, line in enumerate((tree.root / path).read_text().split("\n"), 1):
            fenced ^= bool(FENCE.match(line))
            if not fenced:
                yield from _line(tree, path, number, line, tops)


def _line(tree, path, number, line, tops):
    folder = path.rsplit("/", 1)[0] + "/" if "/" in path else ""
    for target in LINK.findall(line):
        if "://" not in target and not target.startswith("mailto:") and not tree.has(folder + target):
            yield Finding(path, number, "document", f"links to {target}, which does not exist")
    for text in QUOTED.findall(line):
        text = text.strip()
        if not PATH.match(text) or "/" not in text:
            continue
        text = re.sub(r":\d+$", "", text)
        top = text.split("/")[0]
        known = tree.has(text) or tree.has(folder + text) or (top == "weft" and tree.has("include/" + text))
        if (top in tops or (top == "weft" and text.endswith(".hpp"))) and not known:
            yield Finding(path, number, "document", f"names {text}, which does not exist")
