"""Who may include what: modules.txt, own header first, and what headers keep out."""

import re

from tree import Finding

HEAVY = {"thread", "functional", "iostream", "regex", "filesystem"}
HEAVY_FROM_LAYER = 6
OPERATING_SYSTEM = re.compile(
    r"^(sys/|linux/|arpa/|netinet/|net/if|bits/|asm/)|^(unistd|fcntl|pthread|poll|signal|netdb|termios|dlfcn|sched|spawn|dirent|time|errno)\.h$")
# A library's headers, by how their names begin. Each is named by one file below src/ and by no public header.
LIBRARIES = {
    "liburing": ("liburing",),
    "OpenSSL": ("openssl/",),
    "c-ares": ("ares.h", "ares_dns"),
    "simdjson": ("simdjson",),
    "Boost.JSON": ("boost/json",),
    "Boost.URL": ("boost/url",),
    "llhttp": ("llhttp",),
    "SQLite": ("sqlite3",),
    "libpq": ("libpq", "pg_config", "postgresql/"),
    "fmt": ("fmt/",),
    "CLI11": ("CLI/",),
}
# The atomics of the model checker take the place of the real ones here, and nowhere else.
MODEL_SEAM = ("include/weft/base/atomic.hpp", "model")
# A test runs on an instance and may use the deterministic one.
TESTS_MAY_ALSO = {"runtime", "testkit"}


def check(tree):
    for source in tree.sources:
        if source.is_header and "#pragma once" not in source.text:
            yield Finding(source.path, 1, "header", "has no '#pragma once'")
        if source.module is None:
            continue
        if source.module not in tree.modules.layer:
            yield Finding(source.path, 1, "module", f"modules.txt has no row '{source.module}'")
            continue
        yield from _edges(tree, source)
        yield from _own_header_first(tree, source)
        if source.is_header:
            yield from _kept_out(tree, source)
    yield from _one_file_per_library(tree)


def target_module(tree, include):
    """The module that an include names, or None if it is not weft's."""
    match = re.match(r"weft/([a-z_]+)(?:\.hpp$|/)", include.target)
    if match:
        return match.group(1)
    folder = include.target.split("/")[0]
    if not include.angled and folder in tree.modules.layer and "/" in include.target:
        return folder
    return None


def _edges(tree, source):
    allowed = set(tree.modules.may_include[source.module])
    if source.is_test:
        for name in TESTS_MAY_ALSO:
            allowed |= tree.modules.may_include.get(name, {name})
    for include in source.includes:
        target = target_module(tree, include)
        if (source.path, target) == MODEL_SEAM:
            continue
        if target is not None and target not in allowed:
            yield Finding(source.path, include.line, "layer",
                          f"{source.module} may not include {target} ({include.target}): see modules.txt")


def _own_header_first(tree, source):
    if source.is_header or source.is_test:
        return
    stem = source.name.rsplit(".", 1)[0]
    own = [path for path in (f"include/weft/{source.module}/{stem}.hpp", source.path.rsplit("/", 1)[0] + f"/{stem}.hpp")
           if tree.has(path)]
    if not own or not source.includes:
        return
    first = source.includes[0]
    if not any(first.target == path.removeprefix("include/") or first.target == path.removeprefix("src/")
               or first.target == path.rsplit("/", 1)[-1] for path in own):
        yield Finding(source.path, first.line, "own_header_first", f"includes {first.target} before its own header")


def _kept_out(tree, source):
    low = tree.modules.layer[source.module] < HEAVY_FROM_LAYER
    for include in source.includes:
        if low and include.target in HEAVY:
            yield Finding(source.path, include.line, "heavy_header",
                          f"<{include.target}> does not belong in a header below layer {HEAVY_FROM_LAYER}")
        if source.is_public and OPERATING_SYSTEM.search(include.target):
            yield Finding(source.path, include.line, "public_header", f"shows the operating system's <{include.target}>")
        if source.is_public and _library(include):
            yield Finding(source.path, include.line, "public_header", f"shows {_library(include)} to its users")


def _library(include):
    for name, beginnings in LIBRARIES.items():
        if include.target.startswith(beginnings):
            return name
    return None


def _one_file_per_library(tree):
    first_user = {}
    for source in tree.sources:
        if source.module is None or source.is_test or source.is_public:
            continue
        for include in source.includes:
            library = _library(include)
            if library and first_user.setdefault(library, source.path) != source.path \
                    and not source.allows(include.line, "library"):
                yield Finding(source.path, include.line, "library",
                              f"{library} is wrapped by {first_user[library]}; go through that file")
