// Files: whole ones at once, several at the same time, and one at positions.

#include <weft/fs.hpp>
#include <weft/task.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

namespace {

weft::task<int> example(std::filesystem::path folder) {
  co_await weft::fs::create_directories(folder);
  co_await weft::when_all(weft::fs::write_all_text(folder / "one", "the first\n"),
                          weft::fs::write_all_text(folder / "two", "the second\n"));

  // Both reads are under way before either is awaited.
  auto one = weft::fs::read_all_text(folder / "one");
  auto two = weft::fs::read_all_text(folder / "two");
  co_await weft::when_all(one, two);
  std::printf("%s%s", one.result().c_str(), two.result().c_str());

  auto file = co_await weft::fs::file::open(folder / "one",
                                            weft::fs::open_mode::read | weft::fs::open_mode::write);
  co_await file.write_at(4, "1st");
  std::array<char, 7> start{};
  const std::size_t n = co_await file.read_at(0, start);
  std::printf("%.*s\n", static_cast<int>(n), start.data());

  bool missing = false;
  try {
    co_await weft::fs::read_all_text(folder / "three");
  } catch (const std::system_error& e) {
    std::printf("%s\n", e.what());
    missing = e.code() == std::errc::no_such_file_or_directory;
  }
  const bool right = std::string(start.data(), n) == "the 1st" && missing;
  std::filesystem::remove_all(folder);
  co_return right ? 0 : 1;
}

}  // namespace

int main() {
  return weft::block_on(example(std::filesystem::current_path() / "weft_example_files"));
}
