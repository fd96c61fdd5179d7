// P11 written by hand with OpenMP, each row in the way that is the fastest for it without a
// library: a vector a thread, joined in the order of the threads, which is that of the source;
// groups by index, since their keys are known to be small numbers; open addressing where keys are
// many.

#include "workload.hpp"

#include <atomic>
#include <memory>
#include <numeric>

#include <omp.h>

namespace {

using namespace bench::queries;

struct by_hand {
  static long sum(const std::vector<int>& numbers) {
    long total = 0;
    const auto n = static_cast<long>(numbers.size());
#pragma omp parallel for reduction(+ : total)
    for (long i = 0; i < n; ++i) {
      const int x = numbers[static_cast<std::size_t>(i)];
      total += is_wanted(x) ? squared(x) : 0;
    }
    return total;
  }
  static std::vector<long> array(const std::vector<int>& numbers, bool) {
    std::vector<std::vector<long>> parts(static_cast<std::size_t>(omp_get_max_threads()));
    std::vector<long> all;
    const auto n = static_cast<long>(numbers.size());
#pragma omp parallel
    {
      const auto me = static_cast<std::size_t>(omp_get_thread_num());
      std::vector<long>& mine = parts[me];
#pragma omp for schedule(static)
      for (long i = 0; i < n; ++i) {
        const int x = numbers[static_cast<std::size_t>(i)];
        if (is_wanted(x)) {
          mine.push_back(squared(x));
        }
      }
#pragma omp single
      {
        std::size_t size = 0;
        for (const std::vector<long>& part : parts) {
          size += part.size();
        }
        all.resize(size);
      }
      std::size_t before = 0;
      for (std::size_t i = 0; i < me; ++i) {
        before += parts[i].size();
      }
      std::copy(mine.begin(), mine.end(), all.begin() + static_cast<std::ptrdiff_t>(before));
    }
    return all;
  }

  static long group(const std::vector<int>& numbers) {
    using groups = std::vector<std::vector<int>>;
    std::vector<groups> parts(static_cast<std::size_t>(omp_get_max_threads()), groups(group_keys));
    groups all(group_keys);
    const auto n = static_cast<long>(numbers.size());
#pragma omp parallel
    {
      groups& mine = parts[static_cast<std::size_t>(omp_get_thread_num())];
#pragma omp for schedule(static)
      for (long i = 0; i < n; ++i) {
        const int x = numbers[static_cast<std::size_t>(i)];
        mine[static_cast<std::size_t>(group_of(x))].push_back(x);
      }
#pragma omp for schedule(static)
      for (std::size_t key = 0; key < group_keys; ++key) {
        std::size_t size = 0;
        for (const groups& part : parts) {
          size += part[key].size();
        }
        all[key].reserve(size);
        for (const groups& part : parts) {
          all[key].insert(all[key].end(), part[key].begin(), part[key].end());
        }
      }
    }
    long count = 0;
    for (const std::vector<int>& g : all) {
      count += static_cast<long>(g.size());
    }
    return count;
  }

  static std::vector<int> order(const std::vector<int>& numbers) {
    std::vector<int> sorted = numbers;
    std::vector<int> merged(numbers.size());
    const auto shares = static_cast<std::size_t>(omp_get_max_threads());
    const auto border = [&](std::vector<int>& of, std::size_t share) {
      return of.begin() + static_cast<std::ptrdiff_t>(of.size() * std::min(share, shares) / shares);
    };
#pragma omp parallel for schedule(static, 1)
    for (std::size_t i = 0; i < shares; ++i) {
      std::sort(border(sorted, i), border(sorted, i + 1));
    }
    for (std::size_t run = 1; run < shares; run *= 2) {
#pragma omp parallel for schedule(static, 1)
      for (std::size_t i = 0; i < shares; i += 2 * run) {
        std::merge(border(sorted, i), border(sorted, i + run), border(sorted, i + run),
                   border(sorted, i + 2 * run), border(merged, i));
      }
      sorted.swap(merged);
    }
    return sorted;
  }

  static std::size_t hash(int x) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) * 0x9E3779B97F4A7C15U) >> 32;
  }

  // By parts of the hash first, so that each part's table stays in a cache.
  static long distinct(const std::vector<int>& numbers) {
    constexpr std::size_t parts = 64;
    using buckets = std::vector<std::vector<int>>;
    std::vector<buckets> scattered(static_cast<std::size_t>(omp_get_max_threads()), buckets(parts));
    const auto n = static_cast<long>(numbers.size());
    long count = 0;
#pragma omp parallel
    {
      buckets& mine = scattered[static_cast<std::size_t>(omp_get_thread_num())];
#pragma omp for schedule(static)
      for (long i = 0; i < n; ++i) {
        const int x = numbers[static_cast<std::size_t>(i)];
        mine[hash(x) % parts].push_back(x);
      }
#pragma omp for schedule(dynamic) reduction(+ : count)
      for (std::size_t part = 0; part < parts; ++part) {
        std::size_t most = 0;
        for (const buckets& of : scattered) {
          most += of[part].size();
        }
        set seen(most);
        for (const buckets& of : scattered) {
          for (const int x : of[part]) {
            count += seen.add(x) ? 1 : 0;
          }
        }
      }
    }
    return count;
  }

  // One table of all inner elements, put in by all threads.
  static long join(const std::vector<int>& numbers, const std::vector<int>& inner) {
    struct slot {
      std::atomic<int> state{0};  // 0: free, 1: taken
      int key = 0;
      int value = 0;
    };
    std::size_t size = 1;
    while (size < 2 * inner.size()) {
      size *= 2;
    }
    const std::unique_ptr<slot[]> table(new slot[size]);
    const auto n = static_cast<long>(numbers.size());
    const auto m = static_cast<long>(inner.size());
    long sum = 0;
#pragma omp parallel
    {
#pragma omp for schedule(static)
      for (long i = 0; i < m; ++i) {
        const int x = inner[static_cast<std::size_t>(i)];
        std::size_t at = hash(x) & (size - 1);
        while (table[at].state.exchange(1, std::memory_order_relaxed) != 0) {
          at = (at + 1) & (size - 1);
        }
        table[at].key = x;
        table[at].value = x;
      }
#pragma omp for schedule(static) reduction(+ : sum)
      for (long i = 0; i < n; ++i) {
        const int key = join_key(numbers[static_cast<std::size_t>(i)]);
        std::size_t at = hash(key) & (size - 1);
        for (; table[at].state.load(std::memory_order_relaxed) != 0; at = (at + 1) & (size - 1)) {
          sum += table[at].key == key ? table[at].value : 0;
        }
      }
    }
    return sum;
  }

 private:
  /// Starts small and grows, as a number of distinct elements is not known before.
  class set {
   public:
    explicit set(std::size_t most) : most_(most), slots_(1024) {}
    bool add(int x) {
      std::size_t at = place(x);
      for (; slots_[at].taken; at = (at + 1) & (slots_.size() - 1)) {
        if (slots_[at].key == x) {
          return false;
        }
      }
      slots_[at] = {x, true};
      if (++size_ > slots_.size() / 2 && size_ < most_) {
        std::vector<slot> old(slots_.size() * 2);
        old.swap(slots_);
        for (const slot& s : old) {
          if (s.taken) {
            std::size_t to = place(s.key);
            while (slots_[to].taken) {
              to = (to + 1) & (slots_.size() - 1);
            }
            slots_[to] = s;
          }
        }
      }
      return true;
    }

   private:
    struct slot {
      int key = 0;
      bool taken = false;
    };
    [[nodiscard]] std::size_t place(int x) const { return (hash(x) >> 6) & (slots_.size() - 1); }
    std::size_t most_;
    std::size_t size_ = 0;
    std::vector<slot> slots_;
  };
};

}  // namespace

int main(int argc, char** argv) {
  int threads = 0;
  if (argc == 4 && bench::parse(argv[3], threads)) {
    omp_set_num_threads(threads);
  }
  return bench::run(argc, argv,
                    {BENCH_QUERIES(by_hand),
                     {"P11/group", rows<by_hand>::group},
                     {"P11/order", rows<by_hand>::order},
                     {"P11/distinct", rows<by_hand>::distinct},
                     {"P11/join", rows<by_hand>::join}});
}
