#include <weft/base/error.hpp>
#include <weft/query/detail/chunks.hpp>
#include <weft/query/detail/co_owned.hpp>
#include <weft/query/detail/settings.hpp>
#include <weft/query/detail/streamed.hpp>
#include <weft/sched/thread_pool.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::query::detail {

void co_owned_any::drop(co_owned_block* block) noexcept {
  // order: acq_rel; pairs with itself: the last sees what the others have written.
  if (block->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    block->destroy(block);
  }
}

void throw_no_elements(const char* terminal) {
  throw invalid_operation(std::string("weft: ") + terminal + " of a query without elements");
}

const std::stop_token* query_token::copied(const std::stop_token& token) {
  return new std::stop_token(token);
}

void query_token::drop(const std::stop_token* token) noexcept {
  delete token;
}

void rethrow_as_query(const settings& how) {
  try {
    throw;
  } catch (const aggregate_exception&) {
    throw;
  } catch (const operation_canceled& by) {
    if (how.stop.get().stop_requested() && by.token() == how.stop.get()) {
      throw;
    }
    throw aggregate_exception({std::current_exception()});
  } catch (...) {
    throw aggregate_exception({std::current_exception()});
  }
}

void run_aside(work f) {
  thread_pool::default_pool().post(std::move(f));
}

void throw_several_elements() {
  throw invalid_operation("weft: single of a query with more than one element");
}

void throw_no_such_element() {
  throw std::out_of_range("weft: element_at: the query has no element with this number");
}

void throw_duplicate_key() {
  throw std::invalid_argument("weft: to_map: two elements have the same key; to_lookup keeps both");
}

void chunk_memory::grow(std::size_t element, std::size_t alignment) {
  constexpr std::size_t least_bytes = 512;  // few elements stay cheap
  constexpr std::size_t most_bytes = 1U << 16;
  constexpr std::size_t least = 4;  // elements
  settle();
  if (chunks_.size() == chunks_.capacity()) {  // before the memory, which nobody would give back
    chunks_.reserve(2 * chunks_.size() + 1);
  }
  const std::size_t wanted =
      chunks_.empty() ? least_bytes : std::min(most_bytes, 2 * chunks_.back().bytes);
  const std::size_t bytes = element * std::max(least, wanted / element);
  void* const memory = ::operator new(bytes, std::align_val_t{alignment});
  before_ = used();
  chunks_.push_back({memory, memory, bytes});
  at_ = memory;
  end_ = static_cast<char*>(memory) + bytes;
}

void chunk_memory::free(std::size_t alignment) noexcept {
  for (const chunk& c : chunks_) {
    ::operator delete(c.first, std::align_val_t{alignment});
  }
}

void add_runs(chunk_memory& elements, std::size_t element_size,
              const std::vector<gather_mark>& marks, std::vector<gathered_run>& runs) {
  std::size_t number = 0;
  auto next = marks.begin();
  std::uint64_t first = 0;
  for (const chunk_memory::chunk& c : elements.settled()) {
    auto* from = static_cast<char*>(c.first);
    auto left = static_cast<std::size_t>(static_cast<char*>(c.last) - from) / element_size;
    while (left != 0) {
      if (next != marks.end() && next->number == number) {
        first = next->first;
        ++next;
      }
      const std::size_t count = next != marks.end() ? std::min(left, next->number - number) : left;
      runs.push_back({first, from, count, 0});
      number += count;
      left -= count;
      from += count * element_size;
    }
  }
}

std::size_t place_runs(std::vector<gathered_run>& runs, bool ordered) {
  if (ordered) {  // runs of one piece stand in its order
    for (std::size_t i = 0; i != runs.size(); ++i) {
      runs[i].to = i;
    }
    std::ranges::sort(runs, [](const gathered_run& a, const gathered_run& b) {
      return a.first != b.first ? a.first < b.first : a.to < b.to;
    });
  }
  std::size_t total = 0;
  for (gathered_run& r : runs) {
    r.to = std::exchange(total, total + r.count);
  }
  return total;
}

settings joined(settings first, const settings& second) {
  const auto refuse = [](const char* what) {
    throw invalid_operation(std::string("weft: ") + what +
                            " may be said once in a query, its second inputs included");
  };
  if (second.degree != -1) {
    if (first.degree != -1) {
      refuse("with_degree_of_parallelism");
    }
    first.degree = second.degree;
  }
  if (second.stop.get().stop_possible()) {
    if (first.stop.get().stop_possible()) {
      refuse("with_cancellation");
    }
    first.stop = second.stop;
  }
  if (second.merging != merge_options::default_) {
    if (first.merging != merge_options::default_) {
      refuse("with_merge_options");
    }
    first.merging = second.merging;
  }
  return first;
}

std::size_t blocks_for(std::uint64_t count, const settings& how) {
  // Elements that are worth a block: some tens of microseconds of the cheapest work.
  constexpr std::uint64_t worth = 8'192;
  if (count < 2 * worth || how.degree == 1) {
    return 1;
  }
  const int threads = how.degree > 0 ? how.degree : thread_pool::default_pool().size();
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(count / worth, static_cast<std::uint64_t>(std::max(threads, 1))));
}

}  // namespace weft::query::detail
