/// What grouping and sets do with keys by their numbers and hashes alone.

#include <weft/query/detail/groups.hpp>
#include <weft/query/detail/key_table.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::query::detail {

void key_places::sort_by_part(std::vector<leaving>& tables, const settings& how) {
  share<true>(tables.size(), how, [&](std::size_t i) {
    leaving& t = tables[i];
    const auto count = static_cast<std::uint32_t>(t.hashes->size());
    t.places->resize(count);
    t.is_new.resize(count);
    t.borders.assign(parts_count + 1, 0);
    for (const std::uint64_t hash : *t.hashes) {
      ++t.borders[(hash & (parts_count - 1)) + 1];
    }
    for (std::size_t part = 0; part != parts_count; ++part) {
      t.borders[part + 1] += t.borders[part];
    }
    std::vector<std::uint32_t> next(t.borders.begin(), t.borders.end() - 1);
    t.sorted.resize(count);
    for (std::uint32_t k = 0; k != count; ++k) {
      t.sorted[next[(*t.hashes)[k] & (parts_count - 1)]++] = k;
    }
  });
}

void key_places::place_keys(std::vector<leaving>& tables) {
  for (leaving& t : tables) {
    for (std::uint32_t k = 0; k != t.places->size(); ++k) {
      const auto part = static_cast<std::uint32_t>((*t.hashes)[k] & (parts_count - 1));
      std::uint32_t& place = (*t.places)[k];
      if (t.is_new[k] != 0) {
        order_.push_back({part, place});
      }
      place += first_[part];
    }
  }
}

std::vector<std::size_t> group_borders(std::size_t keys,
                                       const std::vector<std::vector<std::size_t>*>& counts,
                                       const std::vector<std::vector<std::uint32_t>>& places) {
  const auto place_of = [&](std::size_t part, std::uint32_t number) {
    return places[part].empty() ? number : places[part][number];
  };
  std::vector<std::size_t> borders(keys + 1, 0);
  for (std::size_t p = 0; p != counts.size(); ++p) {
    for (std::uint32_t k = 0; k != counts[p]->size(); ++k) {
      borders[place_of(p, k) + 1] += (*counts[p])[k];
    }
  }
  for (std::size_t i = 1; i != borders.size(); ++i) {
    borders[i] += borders[i - 1];
  }
  std::vector<std::size_t> next(borders.begin(), borders.end() - 1);
  for (std::size_t p = 0; p != counts.size(); ++p) {
    for (std::uint32_t k = 0; k != counts[p]->size(); ++k) {
      std::size_t& count = (*counts[p])[k];
      std::size_t& at = next[place_of(p, k)];
      count = std::exchange(at, at + count);
    }
  }
  return borders;
}

}  // namespace weft::query::detail
