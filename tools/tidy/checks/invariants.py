"""What only some modules may do, and what no test may do."""

import re

from tree import Finding

KERNEL_QUEUES = re.compile(r"\b(io_uring\w*|epoll_\w+|EPOLL\w+|IORING_\w+)\b")
THREAD_START = re.compile(r"\b(std::j?thread|pthread_create|thrd_create)\b(?!::)")
THREADLESS = {"base", "trace", "task", "time", "sync"}
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(|\bpoll\(nullptr, 0, (?!-1)")
DISABLED = re.compile(r"\bTEST(?:_F|_P)?\s*\(\s*\w*DISABLED_|,\s*DISABLED_\w+\s*\)")


def check(tree):
    for source in tree.sources:
        if source.is_test:
            yield from _search(source, SLEEP, "test_sleep", "sleeps: wait for an event, or use virtual time")
            yield from _search(source, DISABLED, "test_disabled", "is disabled: mend it or delete it")
        elif source.module is not None:
            if source.module != "io":
                yield from _search(source, KERNEL_QUEUES, "kernel_queue", "only io names io_uring and epoll")
            if source.module in THREADLESS:
                yield from _search(source, THREAD_START, "thread_start", f"{source.module} starts no thread")


def _search(source, pattern, rule, message):
    for match in pattern.finditer(source.code):
        line = source.line_at(match.start())
        if not source.allows(line, rule):
            yield Finding(source.path, line, rule, f"{match.group().strip()}: {message}")
