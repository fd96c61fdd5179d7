#include "chooser.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <unordered_map>

namespace weft::testkit {

const char* name_of(strategy how) noexcept {
  switch (how) {
    case strategy::random:
      return "random";
    case strategy::uniform_walk:
      return "uniform walk";
    case strategy::pct:
      return "pct";
    default:
      return "depth first";
  }
}

namespace detail {

std::uint64_t random_numbers::next() noexcept {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

std::size_t schedule::preemptions() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(choices.begin(), choices.end(), [](const choice& c) { return c.picked != 0; }));
}

std::string schedule::text() const {
  std::string out = "s" + std::to_string(seed);
  if (cancel_at >= 0) {
    out += ".c" + std::to_string(cancel_at);
  }
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].picked != 0) {
      out += '.' + std::to_string(i) + '=' + std::to_string(choices[i].picked);
    }
  }
  return out;
}

namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw std::invalid_argument("weft: testkit: '" + std::string(text) +
                              "' is no schedule; one looks like s7.12=1.40=2");
}

template <class Number>
Number parse_number(std::string_view digits, std::string_view whole) {
  Number value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    refuse(whole);
  }
  return value;
}

}  // namespace

schedule schedule::parse(std::string_view text) {
  constexpr std::size_t longest = 10'000'000;  // choices: 80 MB
  schedule read;
  const std::string_view whole = text;
  if (text.empty() || text.front() != 's') {
    refuse(whole);
  }
  bool first = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find('.'));
    if (text.size() == word.size() + 1) {
      refuse(whole);  // nothing behind the last dot
    }
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t equals = word.find('=');
    if (first) {
      read.seed = parse_number<std::uint64_t>(word.substr(1), whole);
    } else if (!word.empty() && word.front() == 'c') {
      read.cancel_at = parse_number<std::uint32_t>(word.substr(1), whole);
    } else if (equals != std::string_view::npos) {
      const auto at = parse_number<std::size_t>(word.substr(0, equals), whole);
      if (at >= longest) {
        refuse(whole);
      }
      if (read.choices.size() <= at) {
        read.choices.resize(at + 1, choice{0, 0});
      }
      read.choices[at].picked = parse_number<std::uint32_t>(word.substr(equals + 1), whole);
    } else {
      refuse(whole);
    }
    first = false;
  }
  return read;
}

namespace {

std::uint32_t random_draw(random_numbers& numbers, std::uint32_t n, std::uint32_t one_in) {
  if (one_in == 0) {
    return numbers.below(n);
  }
  return numbers.below(one_in) == 0 ? 1 + numbers.below(n - 1) : 0;
}

class random_plan final : public plan, public chooser {
 public:
  chooser* next(std::uint64_t seed) override {
    numbers_ = random_numbers(seed);
    return this;
  }
  std::uint32_t pick(std::span<const candidate> ready) override {
    return numbers_.below(static_cast<std::uint32_t>(ready.size()));
  }
  std::uint32_t draw(std::uint32_t n, std::uint32_t one_in) override {
    return random_draw(numbers_, n, one_in);
  }

 private:
  random_numbers numbers_{0};
};

/// The first run counts the turns of each task; a task weighs what it has still to do, with the
/// children that it has not made yet.
class uniform_plan final : public plan, public chooser {
 public:
  chooser* next(std::uint64_t seed) override {
    numbers_ = random_numbers(seed);
    left_ = total_;
    seen_.clear();
    return this;
  }
  std::uint32_t pick(std::span<const candidate> ready) override {
    std::uint64_t sum = 0;
    for (const candidate& c : ready) {
      sum += weight(c);
    }
    std::uint64_t at = numbers_.next() % sum;
    for (std::uint32_t i = 0; i < ready.size(); ++i) {
      const std::uint64_t mine = weight(ready[i]);
      if (at < mine) {
        return i;
      }
      at -= mine;
    }
    return 0;
  }
  std::uint32_t draw(std::uint32_t n, std::uint32_t one_in) override {
    return random_draw(numbers_, n, one_in);
  }
  void runs(const candidate& c) override {
    if (!estimated_) {
      ++total_[c.signature];
      parents_[c.signature] = c.parent;
      return;
    }
    if (seen_.emplace(c.signature, true).second) {
      // Its turns are its own from now on, and not its parent's any more.
      const auto mine = total_.find(c.signature);
      if (mine != total_.end()) {
        std::int64_t& parents = left_[c.parent];
        parents -= mine->second;
      }
    }
    --left_[c.signature];
  }
  void ended(std::size_t) override {
    if (estimated_) {
      return;
    }
    estimated_ = true;
    std::unordered_map<std::uint64_t, std::int64_t> sums = total_;
    for (const auto& [signature, turns] : total_) {
      for (auto up = parents_.find(signature); up != parents_.end() && up->second != up->first;
           up = parents_.find(up->second)) {
        sums[up->second] += turns;
      }
    }
    total_ = std::move(sums);
  }

 private:
  std::uint64_t weight(const candidate& c) {
    const auto known = left_.find(c.signature);
    return known != left_.end() && known->second > 1 ? static_cast<std::uint64_t>(known->second)
                                                     : 1;
  }

  random_numbers numbers_{0};
  bool estimated_ = false;
  std::unordered_map<std::uint64_t, std::int64_t> total_;
  std::unordered_map<std::uint64_t, std::int64_t> left_;
  std::unordered_map<std::uint64_t, std::uint64_t> parents_;
  std::unordered_map<std::uint64_t, bool> seen_;
};

class pct_plan final : public plan, public chooser {
 public:
  explicit pct_plan(unsigned depth) noexcept : depth_(std::max(depth, 1U)) {}

  chooser* next(std::uint64_t seed) override {
    numbers_ = random_numbers(seed);
    priorities_.clear();
    changes_.clear();
    for (unsigned i = 1; i < depth_; ++i) {
      changes_.push_back(1 + numbers_.below(static_cast<std::uint32_t>(length_)));
    }
    step_ = 0;
    lowest_ = 0;
    return this;
  }
  std::uint32_t pick(std::span<const candidate> ready) override {
    for (const candidate& c : ready) {
      if (c.has_yielded) {
        priority(c) = --lowest_;
      }
    }
    ++step_;
    std::uint32_t best = highest(ready);
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i] == step_) {
        priority(ready[best]) = static_cast<std::int64_t>(changes_.size() - i);
        best = highest(ready);
      }
    }
    return best;
  }
  std::uint32_t draw(std::uint32_t n, std::uint32_t one_in) override {
    return random_draw(numbers_, n, one_in);
  }
  void ended(std::size_t choices) override { length_ = std::max(length_, choices); }

 private:
  std::int64_t& priority(const candidate& c) {
    while (priorities_.size() <= c.task) {
      // Above all that changes and yields give.
      priorities_.push_back(static_cast<std::int64_t>((numbers_.next() >> 2) | (1ULL << 61)));
    }
    return priorities_[c.task];
  }
  std::uint32_t highest(std::span<const candidate> ready) {
    std::uint32_t best = 0;
    for (std::uint32_t i = 1; i < ready.size(); ++i) {
      if (priority(ready[i]) > priority(ready[best])) {
        best = i;
      }
    }
    return best;
  }

  const unsigned depth_;
  std::size_t length_ = 16;  // of the longest run so far; a guess for the first
  random_numbers numbers_{0};
  std::vector<std::int64_t> priorities_;  // by task
  std::vector<std::size_t> changes_;
  std::size_t step_ = 0;
  std::int64_t lowest_ = 0;
};

class depth_first_plan final : public plan, public chooser {
 public:
  explicit depth_first_plan(std::size_t preemptions) noexcept : most_(preemptions) {}

  chooser* next(std::uint64_t) override {
    at_ = 0;
    if (!begun_) {
      begun_ = true;
      return this;
    }
    std::size_t used = 0;
    for (const choice& c : path_) {
      used += c.picked != 0 ? 1 : 0;
    }
    while (!path_.empty()) {
      choice& last = path_.back();
      used -= last.picked != 0 ? 1 : 0;
      if (last.picked + 1 < last.of && used < most_) {
        ++last.picked;
        return this;
      }
      path_.pop_back();
    }
    return nullptr;
  }
  std::uint32_t pick(std::span<const candidate> ready) override {
    return draw(static_cast<std::uint32_t>(ready.size()), 0);
  }
  std::uint32_t draw(std::uint32_t n, std::uint32_t) override {
    if (at_ == path_.size()) {
      path_.push_back({0, n});
    }
    choice& here = path_[at_++];
    here.of = n;
    if (here.picked >= n) {
      here.picked = n - 1;
    }
    return here.picked;
  }

 private:
  const std::size_t most_;
  bool begun_ = false;
  std::vector<choice> path_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<plan> make_depth_first(std::size_t preemptions) {
  return std::make_unique<depth_first_plan>(preemptions);
}

std::unique_ptr<plan> make_plan(const options& how) {
  switch (how.how) {
    case strategy::random:
      return std::make_unique<random_plan>();
    case strategy::uniform_walk:
      return std::make_unique<uniform_plan>();
    case strategy::pct:
      return std::make_unique<pct_plan>(how.depth);
    default:
      return make_depth_first(how.depth);
  }
}

}  // namespace detail
}  // namespace weft::testkit
