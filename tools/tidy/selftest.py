#!/usr/bin/env python3
"""Plants one violation of each rule in a small tree and checks that tidy finds it, and nothing in a clean one."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import headers  # noqa: E402
import tidy  # noqa: E402
from checks import sizes  # noqa: E402
from tree import blank_literals  # noqa: E402

LAW = """
# name  layer  may include
base    0
task    2      base
io      5      task
fs      6      io
runtime 7      io
"""

CLEAN = {
    "modules.txt": LAW,
    "include/weft/base/atomic.hpp": "#pragma once\n#include <atomic>\n",
    "include/weft/base/queue.hpp": "#pragma once\n#include <weft/base/atomic.hpp>\nvoid steal();\nvoid push();\n",
    "include/weft/task.hpp": "#pragma once\n#include <weft/base/queue.hpp>\n",
    "src/base/queue.cpp": """#include <weft/base/queue.hpp>
void push() {
  // order: release; pairs with acquire in queue::steal. Publishes the slot,
  // and all that was written to it.
  top.store(1, std::memory_order_release);
}
void steal() {
  // order: acquire; pairs with release in push. Sees the slot.
  if (top.load(std::memory_order_acquire) == 1'000'000) return;
  const char* text = "x.load( // std::thread {";
  // order: seq_cst; store→load pair with push: one of the two sees the other.
  top.compare_exchange_strong(a, 1, std::memory_order_seq_cst, std::memory_order_relaxed);
}
""",
    "src/base/queue_test.cpp": "#include <weft/base/queue.hpp>\n#include <weft/runtime/run.hpp>\n#include <gtest/gtest.h>\n",
    "src/io/ring.cpp": "#include <liburing.h>\nvoid f() { io_uring_enter(); }\n",
    "README.md": "See `src/base/queue.cpp`, `weft/task.hpp`, `src/<module>/x.cpp`, `src/fs` and [law](modules.txt).\n"
                 "<!-- from: src/io/ring.cpp -->\n```cpp\n#include <liburing.h>\n…\n{ io_uring_enter(); }\n```\n",
}

LONG_FUNCTION = "int f(int a) {\n" + "  a += 1;\n" * 70 + "}\n"

# Rule, file, content: what is planted, in a tree that is otherwise clean.
PLANTED = [
    ("header", "include/weft/base/a.hpp", "int a;\n"),
    ("module", "src/unheard/a.cpp", "int a;\n"),
    ("layer", "include/weft/base/a.hpp", "#pragma once\n#include <weft/task.hpp>\n"),
    ("layer", "src/task/a.cpp", '#include "io/ring.hpp"\n'),
    ("layer", "src/task/a_test.cpp", "#include <weft/fs/file.hpp>\n"),
    ("own_header_first", "src/base/queue.cpp", "#include <vector>\n#include <weft/base/queue.hpp>\n"),
    ("heavy_header", "include/weft/task/a.hpp", "#pragma once\n#include <functional>\n"),
    ("heavy_header", "src/io/a.hpp", "#pragma once\n#include <thread>\n"),
    ("public_header", "include/weft/io/a.hpp", "#pragma once\n#include <sys/socket.h>\n"),
    ("public_header", "include/weft/fs/a.hpp", "#pragma once\n#include <sqlite3.h>\n"),
    ("library", "src/io/second.cpp", "#include <liburing.h>\n"),
    ("file_size", "include/weft/base/a.hpp", "#pragma once\n" + "int a;\n" * 501),
    ("file_size", "src/base/a.cpp", "int a;\n" * 801),
    ("function_size", "src/base/a.cpp", LONG_FUNCTION),
    ("function_size", "src/base/a.cpp", "namespace n {\nclass c {\n" + LONG_FUNCTION + "};\n}\n"),
    ("atomic_order", "src/base/a.cpp", "void f() {\n  // order: seq_cst; by default, pairs with f in push\n  x.load();\n}\n"),
    ("atomic_order", "src/base/a.cpp", "void f() { x->fetch_add(1, std::memory_order_relaxed); }\n"),
    ("atomic_order", "src/base/a.cpp",
     "void f() {\n  // order: relaxed; a counter only.\n  x.store(1, std::memory_order_release);\n}\n"),
    ("atomic_seam", "src/base/a.cpp", "std::atomic<int> x;\n"),
    ("atomic_seam", "src/base/a.cpp", "#include <atomic>\n"),
    ("order_note", "src/base/a.cpp", "// order: release; pairs with acquire in nowhere_at_all.\n"),
    ("order_note", "src/base/a.cpp", "// order: release; publishes the slot to others.\n"),
    ("order_note", "src/base/a.cpp", "// order: relaxed\n"),
    ("kernel_queue", "src/fs/a.cpp", "int f() { return epoll_create1(0); }\n"),
    ("thread_start", "src/task/a.cpp", "std::thread t;\n"),
    ("test_sleep", "src/base/a_test.cpp", "void f() { std::this_thread::sleep_for(1ms); }\n"),
    ("test_sleep", "src/base/a_test.cpp", "void f() { ::poll(nullptr, 0, 10); }\n"),
    ("test_disabled", "src/base/a_test.cpp", "TEST(queue, DISABLED_pops) {}\n"),
    ("document", "README.md", "See `src/base/gone.cpp`.\n"),
    ("document", "README.md", "See [the map](docs/gone.md).\n"),
    ("document", "README.md", "Include `weft/gone.hpp`.\n"),
    ("document", "README.md", "<!-- from: src/gone.cpp -->\n```cpp\nint a;\n```\n"),
    ("document", "README.md", "<!-- from: src/io/ring.cpp -->\n```cpp\nvoid g()\n```\n"),
]


class Tidy(unittest.TestCase):
    def findings(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, content in files.items():
                file = pathlib.Path(root, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)
            return tidy.run(root)

    def test_a_clean_tree_has_no_findings(self):
        self.assertEqual([], [str(f) for f in self.findings(CLEAN)])

    def test_each_planted_violation_is_found(self):
        for rule, path, content in PLANTED:
            with self.subTest(rule=rule, path=path, content=content[:60]):
                found = self.findings(CLEAN | {path: content})
                self.assertIn((rule, path), [(f.rule, f.path) for f in found])

    def test_a_file_with_orders_needs_a_row_in_the_models_table(self):
        path = "src/base/ordered.cpp"
        code = {path: "void f() {\n  // order: release; pairs with f in f.\n  x.store(1, std::memory_order_release);\n}\n"}
        table, clean = "test/model/orders.md", "| `src/base/queue.cpp` | queue |\n"
        of = lambda files: [(f.rule, f.path) for f in self.findings(CLEAN | files) if f.rule == "model"]  # noqa: E731
        self.assertEqual([("model", path)], of(code | {table: clean}))
        self.assertEqual([], of(code | {table: clean + f"| `{path}` | f |\n"}))
        self.assertEqual([("model", table)], of({table: clean + f"| `{path}` | f |\n", path: "int a;\n"}))

    def test_a_folder_with_too_many_files_is_found(self):
        many = {f"src/fs/x{i}.cpp": "int a;\n" for i in range(26)}
        self.assertIn(("folder_size", "src/fs"), [(f.rule, f.path) for f in self.findings(CLEAN | many)])

    def test_a_reason_excuses_a_line(self):
        excused = "// tidy: allow(thread_start) the one thread of this test\nstd::thread t;\n"
        self.assertEqual([], self.findings(CLEAN | {"src/task/a.cpp": excused}))
        bare = "// tidy: allow(thread_start)\nstd::thread t;\n"
        self.assertNotEqual([], self.findings(CLEAN | {"src/task/a.cpp": bare}))

    def test_literals_are_blanked_and_lines_kept(self):
        text = 'a("// {", R"x({\n{)x", \'{\', 1\'000, /* {\n */ b) // {\n'
        code = blank_literals(text)
        self.assertEqual(text.count("\n"), code.count("\n"))
        self.assertNotIn("{", code)
        self.assertIn("1'000", code)
        self.assertIn("b)", code)

    def test_function_lengths_skip_types_and_namespaces(self):
        code = "namespace n {\nstruct s {\n  int a = 0;\n  void f() const {\n    g();\n  }\n};\nint h() { return 1; }\n}\n"
        self.assertEqual([(4, 3), (8, 1)], list(sizes.functions(code)))

    def test_own_lines_are_counted_apart(self):
        text = '# 1 "/usr/include/c++/12/list"\nint a;\n\nint b;\n# 3 "/x/include/weft/task.hpp" 2\nint c;\n'
        self.assertEqual(1, headers.count_own_lines(text))


if __name__ == "__main__":
    unittest.main()
