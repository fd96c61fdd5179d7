// What fuzzing began with and what it has found, run again: corpus/TARGET/*. And for each target a
// few thousand changes of those, by a seed that is printed, so that a build without libFuzzer looks
// a little further, too.

#include <weft/base/atomic.hpp>

#include "fuzz/targets.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;

/// In the order of their names, so that a seed means the same everywhere.
std::vector<std::string> corpus_of(const char* name) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(fs::path(WEFT_FUZZ_CORPUS) / name)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> all;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    all.push_back(bytes.str());
  }
  return all;
}

std::uint64_t seed() {
  const char* given = std::getenv("WEFT_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : 20261121;
}

/// A few bytes changed, removed, doubled, or taken from another one.
std::string changed(std::string bytes, const std::string& other, std::mt19937_64& random) {
  for (std::uint64_t changes = random() % 4 + 1; changes != 0; --changes) {
    const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
    const std::size_t many = std::min<std::size_t>(random() % 16 + 1, bytes.size() - at);
    switch (random() % 5) {
      case 0:
        bytes.insert(at, 1, static_cast<char>(random()));
        break;
      case 1:
        bytes.erase(at, many);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, many));
        break;
      case 3:
        if (!bytes.empty()) {
          bytes[at] = static_cast<char>(random());
        }
        break;
      default:
        if (!other.empty()) {
          bytes.insert(at, other.substr(random() % other.size(), many + 4));
        }
        break;
    }
  }
  return bytes;
}

class each_target : public testing::TestWithParam<fuzz::target> {};

TEST_P(each_target, holds_for_its_corpus) {
  const std::vector<std::string> corpus = corpus_of(GetParam().name);
  ASSERT_FALSE(corpus.empty());
  for (const std::string& bytes : corpus) {
    GetParam().run(bytes);
  }
}

TEST_P(each_target, holds_for_changes_of_its_corpus) {
  const std::vector<std::string> corpus = corpus_of(GetParam().name);
  constexpr int usual = WEFT_TSAN || WEFT_ASAN ? 500 : 2'000;
  const int rounds = std::getenv("WEFT_LONG") != nullptr ? 250 * usual : usual;
  std::cout << "replay: WEFT_SEED=" << seed() << " weft_fuzz_test --gtest_filter='*"
            << GetParam().name << "'\n";
  std::mt19937_64 random(seed());
  for (int i = 0; i < rounds; ++i) {
    const std::string& one = corpus[random() % corpus.size()];
    GetParam().run(changed(one, corpus[random() % corpus.size()], random));
  }
}

INSTANTIATE_TEST_SUITE_P(fuzz, each_target,
                         testing::ValuesIn(fuzz::targets().begin(), fuzz::targets().end()),
                         [](const auto& which) { return std::string(which.param.name); });

}  // namespace
