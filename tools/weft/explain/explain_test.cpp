#include "explain/compiler.hpp"
#include "explain/explain_command.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace weft::explain {
namespace {

const std::string source_folder = WEFT_SOURCE_FOLDER;

/// The first program of a page of the documents, with the headers that its examples are given.
std::string example_of(const std::string& page) {
  std::ifstream file(source_folder + "/docs/" + page);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string fence = "```cpp\n";
  const std::size_t begin = text.find(fence) + fence.size();
  return "#include <weft/task.hpp>\n#include <weft/time.hpp>\n#include <cassert>\n"
         "#include <string>\nusing namespace std::chrono_literals;\n" +
         text.substr(begin, text.find("```", begin) - begin);
}

class explained : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path(name)) << text;
    return folder_.path(name);
  }
  static std::string error_of(const explain_options& options) {
    try {
      static_cast<void>(explain(options));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }
  static const frame_part& part_of(const explanation& e, const std::string& name) {
    const auto found = std::ranges::find(e.parts, name, &frame_part::name);
    if (found == e.parts.end()) {
      throw std::runtime_error("the frame has no part " + name);
    }
    return *found;
  }

  scratch_folder folder_;
};

// What the page of the guide says about its example.
TEST_F(explained, example_of_the_guide_keeps_what_it_needs_across_each_await) {
  const std::string file = write("page.cpp", example_of("guide/explain.md"));
  const auto found = explain({.file = file,
                              .function = "page",
                              .flags = {"-I" + source_folder + "/include"},
                              .compiler = {}});
  ASSERT_EQ(found.size(), 1u);
  const explanation& page = found.front();
  EXPECT_EQ(page.function, "page(int)");
  ASSERT_EQ(page.suspensions.size(), 4u);
  EXPECT_EQ(page.suspensions[0].kind, "initial");
  EXPECT_TRUE(page.suspensions[0].removed);
  EXPECT_EQ(page.suspensions[1].source, "text += co_await user;");
  EXPECT_EQ(page.suspensions[2].source, "std::string more = co_await fetch(part);");
  EXPECT_FALSE(page.suspensions[1].removed || page.suspensions[2].removed);
  EXPECT_EQ(page.suspensions[3].kind, "final");
  const frame_part& text = part_of(page, "text");
  EXPECT_EQ(text.kind, "variable");
  EXPECT_EQ(text.type, "std::string");
  EXPECT_EQ(text.size, 32u);
  EXPECT_EQ(text.live_across, (std::vector{1, 2}));
  EXPECT_EQ(part_of(page, "user").live_across, (std::vector{1, 2}));
  EXPECT_EQ(part_of(page, "more").live_across, std::vector{2});
  EXPECT_EQ(part_of(page, "part").live_across, std::vector{2});
  EXPECT_EQ(part_of(page, "awaiter 1").live_across, std::vector{1});
  EXPECT_EQ(part_of(page, "promise").live_across.size(), 4u);
  for (const frame_part& part : page.parts) {
    EXPECT_LE(part.offset + part.size, page.frame_size) << part.name;
  }
  const auto& live = page.suspensions[1].live;
  EXPECT_TRUE(std::ranges::find(live, "more") == live.end());
}

TEST_F(explained, function_that_does_not_exist_is_answered_with_those_that_do) {
  const std::string file = write("plain.cpp", R"(#include <coroutine>
struct job { struct promise_type {
  job get_return_object() { return {}; }
  std::suspend_never initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void return_void() {} void unhandled_exception() {} }; };
namespace shop { job order(long parameter) { co_await std::suspend_always{}; (void)parameter; } }
int main() { shop::order(1); }
)");
  EXPECT_NE(error_of({.file = file, .function = "page", .flags = {}, .compiler = {}})
                .find("shop::order(long)  line 7"),
            std::string::npos);
  const auto found =
      explain({.file = file, .function = "shop::order", .flags = {"-O0"}, .compiler = {}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(part_of(found.front(), "parameter").kind, "parameter");
  EXPECT_EQ(found.front().optimisation, "-O0");
}

TEST_F(explained, file_that_is_wrong_is_answered_with_what_is_wrong) {
  const std::string broken = write("broken.cpp", "int main( {}\n");
  EXPECT_NE(error_of({.file = broken, .function = {}, .flags = {}, .compiler = {}})
                .find("does not compile"),
            std::string::npos);
  const std::string none = write("none.cpp", "int main() {}\n");
  EXPECT_NE(
      error_of({.file = none, .function = {}, .flags = {}, .compiler = {}}).find("no coroutine in"),
      std::string::npos);
  EXPECT_NE(
      error_of({.file = folder_.path("missing.cpp"), .function = {}, .flags = {}, .compiler = {}})
          .find("is no file that can be read"),
      std::string::npos);
}

TEST_F(explained, file_that_is_compiled_already_is_refused) {
  using namespace std::string_literals;
  for (const std::string& magic : {"\x7f"
                                   "ELF\2\1\1\0"s,
                                   "!<arch>\n"s, "BC\xc0\xde"s}) {
    const std::string object = write("object.o", magic + std::string(100, '\0'));
    const std::string text =
        error_of({.file = object, .function = "page", .flags = {}, .compiler = {}});
    EXPECT_NE(text.find("is compiled already: name the source file"), std::string::npos) << text;
  }
}

TEST_F(explained, file_that_is_empty_or_large_or_no_text_is_answered_all_the_same) {
  const auto text = [&](const std::string& content) {
    const std::string file = write("odd.cpp", content);
    return error_of({.file = file, .function = {}, .flags = {}, .compiler = {}});
  };
  EXPECT_NE(text("").find("no coroutine in"), std::string::npos);
  EXPECT_NE(text(std::string(4'000'000, '\n')).find("no coroutine in"), std::string::npos);
  std::string noise(100'000, '\0');
  for (std::size_t i = 0; i < noise.size(); ++i) {
    noise[i] = static_cast<char>(i * i * 2'654'435'761u >> 7);
  }
  EXPECT_NE(text(noise).find("does not compile"), std::string::npos);
  EXPECT_NE(error_of({.file = folder_.path(""), .function = {}, .flags = {}, .compiler = {}})
                .find("is no file that can be read"),
            std::string::npos);
}

TEST_F(explained, header_is_compiled_as_a_source) {
  const std::string file = write("job.hpp", R"(#include <coroutine>
struct job { struct promise_type {
  job get_return_object() { return {}; }
  std::suspend_never initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void return_void() {} void unhandled_exception() {} }; };
job order(long parameter) { co_await std::suspend_always{}; (void)parameter; }
)");
  const auto found = explain({.file = file, .function = "order", .flags = {}, .compiler = {}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().function, "order(long)");
}

TEST_F(explained, compiler_that_is_missing_is_asked_for) {
  const std::string none = write("none.cpp", "int main() {}\n");
  EXPECT_NE(
      error_of({.file = none, .function = {}, .flags = {}, .compiler = "/there/is/no/compiler"})
          .find("install the package clang-19"),
      std::string::npos);
  EXPECT_NE(error_of({.file = none, .function = {}, .flags = {}, .compiler = "/bin/echo"})
                .find("is version"),
            std::string::npos);
}

}  // namespace
}  // namespace weft::explain
