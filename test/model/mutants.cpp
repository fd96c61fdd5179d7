#include "model/mutants.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>

namespace model {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MODEL_SLOW 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(WEFT_DEBUG_CHECKS)
#define MODEL_SLOW 1
#endif
#ifdef MODEL_SLOW
constexpr bool slow = true;
#else
constexpr bool slow = false;
#endif

const char* name_of(operation what) {
  switch (what) {
    case operation::load:
      return "load";
    case operation::store:
      return "store";
    case operation::modify:
      return "read-modify-write";
    case operation::exchange:
      return "compare-exchange";
    case operation::failed_exchange:
      return "failed compare-exchange";
    case operation::fence:
      return "fence";
  }
  return "";
}

const char* name_of(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    default:
      return "seq_cst";
  }
}

// The next weaker orders. The last of a chain is reached by those that survive the first step.
std::vector<std::memory_order> weaker(const site& at) {
  using enum std::memory_order;
  const bool reads = at.what == operation::load || at.what == operation::failed_exchange;
  if (at.what == operation::fence) {
    return {relaxed};
  }
  if (at.order == seq_cst) {
    return {reads ? acquire : at.what == operation::store ? release : acq_rel, relaxed};
  }
  if (at.order == acq_rel) {
    return {acquire, release};
  }
  return {relaxed};
}

struct row {
  std::string mutant;
  mutation what;
};

std::vector<row> mutants_of(const std::set<site>& all, const std::vector<std::string>& functions) {
  std::set<site> sites;
  for (const site& s : all) {
    const bool wanted = std::any_of(functions.begin(), functions.end(), [&](const std::string& f) {
      return s.function.starts_with(f);
    });
    if (wanted && s.function.find("stub_") == std::string::npos) {
      sites.insert(s);
    }
  }
  using key = std::pair<std::string, operation>;
  std::map<key, int> count;
  for (const site& s : sites) {
    ++count[{s.function, s.what}];
  }
  std::map<key, int> seen;
  std::vector<row> rows;
  for (const site& s : sites) {  // by function, then in the order of the lines
    const key k{s.function, s.what};
    std::string name = s.function + ": " + name_of(s.what);
    if (count[k] > 1) {
      name += " " + std::to_string(++seen[k]);
    }
    for (const std::memory_order instead : weaker(s)) {
      const std::string change = s.what == operation::fence
                                     ? std::string("removed")
                                     : std::string(name_of(s.order)) + " → " + name_of(instead);
      rows.push_back({name + ", " + change, {s, instead}});
    }
  }
  return rows;
}

options with(const options& bounds, const mutation* mutated, std::set<site>* seen) {
  options chosen = bounds;
  chosen.mutated = mutated;
  chosen.sites_seen = seen;
  chosen.deepens = mutated == nullptr;
  return chosen;
}

// The part of the document under `## model`, with what stands before and after it.
struct document {
  explicit document(const std::string& model) {
    std::ifstream in(WEFT_MUTANTS);
    std::stringstream all;
    all << in.rdbuf();
    before = all.str();
    const std::string title = "## " + model + "\n";
    const std::size_t at = before.find(title);
    if (at == std::string::npos) {
      return;
    }
    const std::size_t end = std::min(before.find("\n## ", at), before.size() - 1) + 1;
    part = before.substr(at, end - at);
    after = before.substr(end);
    before.resize(at);
  }
  void write(const std::string& now) const {
    std::ofstream(WEFT_MUTANTS) << before << (part.empty() ? "\n" : "") << now << after;
  }
  std::string before;
  std::string part;
  std::string after;
};

}  // namespace

void expect_all_killed(const std::string& model, const std::vector<std::string>& functions,
                       const std::vector<scenario>& scenarios,
                       const std::vector<survivor>& survivors) {
  const bool tells = std::getenv("WEFT_MODEL_TELLS") != nullptr;
  std::set<site> sites;
  for (const scenario& one : scenarios) {
    const auto start = std::chrono::steady_clock::now();
    const result found = one.run(with(one.bounds, nullptr, &sites));
    ASSERT_EQ(found.failure, "") << one.name;
    if (tells) {
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      std::cout << one.name << ": " << found.executions << " executions, " << took.count()
                << " s\n";
    }
  }
  if (slow) {
    return;
  }
  std::set<std::string> unused;
  for (const survivor& known : survivors) {
    unused.insert(known.mutant);
  }
  std::string table = "## " + model + "\n\n| mutant | killed by |\n|---|---|\n";
  for (const row& mutant : mutants_of(sites, functions)) {
    std::string verdict;
    for (const scenario& one : scenarios) {
      const result found = one.run(with(one.bounds, &mutant.what, nullptr));
      if (!found.failure.empty()) {
        verdict = one.name;
        break;
      }
    }
    if (verdict.empty()) {
      const auto known = std::find_if(survivors.begin(), survivors.end(), [&](const survivor& s) {
        return mutant.mutant.starts_with(s.mutant);
      });
      if (known == survivors.end()) {
        ADD_FAILURE() << "survives: " << mutant.mutant;
        continue;
      }
      verdict = std::string("survives: ") + known->reason;
      unused.erase(known->mutant);
    }
    table += "| `" + mutant.mutant + "` | " + verdict + " |\n";
  }
  for (const std::string& mutant : unused) {
    ADD_FAILURE() << "no such mutant survives: " << mutant;
  }
  const document stored(model);
  if (std::getenv("WEFT_WRITE_MUTANTS") != nullptr) {
    stored.write(stored.after.empty() ? table : table + "\n");
  } else {
    const std::string expected = stored.after.empty() ? table : table + "\n";
    EXPECT_EQ(stored.part, expected) << "WEFT_WRITE_MUTANTS=1 writes it anew";
  }
}

}  // namespace model
