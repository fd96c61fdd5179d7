"""What the checks look at: the files of the tree, the law of modules.txt, and findings."""

import dataclasses
import functools
import os
import pathlib
import re

SKIPPED_FOLDERS = {"build", "__pycache__", "node_modules"}
SOURCE_ENDINGS = (".hpp", ".h", ".cpp", ".c")

# Numbers come before characters so that the separators of 1'000'000 are not taken for quotes.
TOKENS = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>\b(?:u8|[uUL])?R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<number>\b\d[\w'.]*)
      | (?P<char>'(?:\\.|[^'\\\n])+')""",
    re.S | re.X,
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
ALLOWED = re.compile(r"// tidy: allow\((\w+)\) \S")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def blank_literals(text):
    """The text with comments, strings and characters blanked: every line keeps its number and its columns."""

    def replace(match):
        if match.lastgroup == "number" or match.group("number"):
            return match.group()
        if match.group("string") and _is_include(text, match.start()):
            return match.group()
        return _blank(match.group())

    return TOKENS.sub(replace, text)


def _is_include(text, at):
    return text[text.rfind("\n", 0, at) + 1:at].lstrip().startswith("#")


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    angled: bool
    target: str


class SourceFile:
    """A C++ file. `module` is None outside src/ and include/weft/, and for the façade of all modules."""

    def __init__(self, path, text):
        self.path = path
        self.name = path.rsplit("/", 1)[-1]
        self.text = text
        self.lines = text.split("\n")
        self.is_header = self.name.endswith((".hpp", ".h"))
        self.is_test = self.name.endswith("_test.cpp") or path.startswith("test/")
        self.is_public = path.startswith("include/")
        self.module = self._module()

    def _module(self):
        if self.path == "include/weft/weft.hpp":
            return None
        match = re.match(r"(?:include/weft|src)/([a-z_]+)(?:\.hpp$|/)", self.path)
        return match.group(1) if match else None

    @functools.cached_property
    def code(self):
        return blank_literals(self.text)

    @functools.cached_property
    def code_lines(self):
        return self.code.split("\n")

    @functools.cached_property
    def includes(self):
        return [Include(self.line_at(m.start(2)), m.group(1) == "<", m.group(2)) for m in INCLUDE.finditer(self.code)]

    @functools.cached_property
    def identifiers(self):
        return set(re.findall(r"[A-Za-z_]\w*", self.code))

    def line_at(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def allows(self, line, rule):
        """A line, or the one above it, may say `// tidy: allow(rule) reason`."""
        for number in (line, line - 1):
            if 1 <= number <= len(self.lines):
                match = ALLOWED.search(self.lines[number - 1])
                if match and match.group(1) == rule:
                    return True
        return False


class Modules:
    """modules.txt: the layer of each module, and the closure of what it may include."""

    def __init__(self, text):
        self.layer = {}
        direct = {}
        for row in text.split("\n"):
            words = row.split("#")[0].split()
            if words:
                self.layer[words[0]] = int(words[1])
                direct[words[0]] = words[2:]
        self.may_include = {name: self._closure(name, direct) for name in direct}

    @staticmethod
    def _closure(name, direct):
        seen, todo = set(), [name]
        while todo:
            current = todo.pop()
            if current not in seen:
                seen.add(current)
                todo += direct.get(current, [])
        return seen


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.modules = Modules((self.root / "modules.txt").read_text())
        self.paths = sorted(self._walk())

    def _walk(self):
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith(".git")]
            for file in files:
                yield os.path.relpath(os.path.join(folder, file), self.root)

    @functools.cached_property
    def sources(self):
        """All C++ files but those that are meant not to compile."""
        return [SourceFile(path, (self.root / path).read_text(errors="replace"))
                for path in self.paths if path.endswith(SOURCE_ENDINGS)]

    @functools.cached_property
    def identifiers(self):
        known = set()
        for source in self.sources:
            known |= source.identifiers
        return known

    def has(self, path):
        path = path.rstrip("/")
        return (self.root / path).exists()
