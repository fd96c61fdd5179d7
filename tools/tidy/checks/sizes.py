"""Sizes: files, functions, folders."""

import collections
import re

from tree import Finding

HEADER_LINES = 500
SOURCE_LINES = 800
FUNCTION_LINES = 70
FOLDER_FILES = 25

NOT_A_FUNCTION = re.compile(
    r"^\s*(?:template\s*<.*>\s*)?(?:export\s+)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern\s*$|concept|requires)\b", re.S)
CONTROL = re.compile(r"^\s*(?:\}?\s*else\s+)?(?:if|for|while|switch|catch|do|else|try|return|case|default)\b")


def check(tree):
    folders = collections.Counter()
    for source in tree.sources:
        folders[source.path.rsplit("/", 1)[0]] += 1
        limit = HEADER_LINES if source.is_header else SOURCE_LINES
        lines = len(source.lines) - 1
        if lines > limit:
            yield Finding(source.path, limit, "file_size", f"{lines} lines; the limit is {limit}")
        for start, length in functions(source.code):
            if length > FUNCTION_LINES and not source.allows(start, "function_size"):
                yield Finding(source.path, start, "function_size",
                              f"a function of {length} lines; the limit is {FUNCTION_LINES}")
    for folder, count in folders.items():
        if count > FOLDER_FILES:
            yield Finding(folder, 1, "folder_size", f"{count} files; the limit is {FOLDER_FILES}")


def functions(code):
    """Line and length of each outermost function body, by braces: a body follows a head with parentheses that is
    neither a type, a namespace nor a statement. Code is blanked, so braces are braces."""
    depth_of_body = None
    depth, head_start = 0, 0
    start = 0
    for match in re.finditer(r"[;{}]|^[ \t]*#(?:\\\n|[^\n])*", code, re.M):
        token = match.group()
        if token == "{":
            head = code[head_start:match.start()]
            if depth_of_body is None and _is_function_head(head):
                depth_of_body = depth
                start = code.count("\n", 0, head_start + len(head) - len(head.lstrip())) + 1
            depth += 1
        elif token == "}":
            depth -= 1
            if depth == depth_of_body:
                depth_of_body = None
                yield start, code.count("\n", 0, match.start()) + 2 - start
        head_start = match.end()


def _is_function_head(head):
    if "(" not in head or head.rstrip().endswith("=") or NOT_A_FUNCTION.match(head) or CONTROL.match(head):
        return False
    return True
