// After the split the frame is a structure, and the function reaches into it by names that say what
// lies there: `user.reload.addr`, `i.0.spill.addr`. Which suspensions are left is told by the
// numbers that are stored into the frame before them.

#include "explain/coroutine.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace weft::explain {
namespace {

std::string_view without_number(std::string_view name) {
  while (!name.empty() && std::isdigit(static_cast<unsigned char>(name.back())) != 0) {
    name.remove_suffix(1);
  }
  return name;
}

class frame_reader {
 public:
  frame_reader(const source_coroutine& source, const ir_module& front, const ir_module& split)
      : source_(source),
        front_(front),
        split_(split),
        symbol_(source.symbol),
        ramp_(split.find_function(symbol_)),
        resume_(split.find_function(resume_symbol_)) {}

  std::optional<explanation> read() {
    const std::string type_name = symbol_ + ".Frame";
    const std::string_view type = split_.type(type_name);
    if (resume_.header.empty() || type.empty()) {
      return std::nullopt;
    }
    explanation result;
    result.function = source_.name;
    result.file = source_.file;
    result.line = source_.line;
    result.frame_size = frame_size();
    result.suspensions = source_.suspensions;
    read_states(result.suspensions);
    read_names(type_name);
    add_parts(type, result);
    for (suspension& stop : result.suspensions) {
      for (const frame_part& part : result.parts) {
        if (part.kind != "bookkeeping" &&
            std::ranges::find(part.live_across, stop.number) != part.live_across.end()) {
          stop.live.push_back(part.name);
        }
      }
    }
    return result;
  }

 private:
  [[nodiscard]] std::uint64_t frame_size() const {
    constexpr std::string_view word = "dereferenceable(";
    std::uint64_t size = 0;
    if (const std::size_t at = resume_.header.find(word); at != std::string_view::npos) {
      const char* const begin = resume_.header.data() + at + word.size();
      std::from_chars(begin, resume_.header.data() + resume_.header.size(), size);
    }
    return size;
  }

  /// `  store i2 -2, ptr …`: 2, as the labels of the function have it.
  [[nodiscard]] static int number_stored(std::string_view line) {
    constexpr std::size_t bits_at = 9;  // behind "  store i"
    int bits = 0;
    int number = 0;
    std::from_chars(line.data() + bits_at, line.data() + line.size(), bits);
    const std::size_t at = line.find(' ', bits_at) + 1;
    if (line.substr(at).starts_with("true")) {
      return 1;
    }
    std::from_chars(line.data() + at, line.data() + line.size(), number);
    return number < 0 && bits > 0 && bits < 31 ? number + (1 << bits) : number;
  }
  /// The suspension whose number a line stores. The first and the last stand at the same place, the
  /// function's name.
  [[nodiscard]] const suspension* place_of(std::string_view line, int state,
                                           const std::vector<suspension>& stops) const {
    const std::string_view location = split_.node(debug_location_of(line));
    const suspension* found = nullptr;
    for (const suspension& stop : stops) {
      if (stop.line == number_of(location, "line") &&
          stop.column == number_of(location, "column") && !(stop.kind == "initial" && state != 0) &&
          !(stop.kind == "final" && found != nullptr)) {
        found = &stop;
      }
    }
    return found;
  }
  /// Which suspension stores which number.
  void read_states(std::vector<suspension>& stops) {
    std::set<int> states;
    std::set<int> matched;
    for (const ir_function* part : {&ramp_, &resume_}) {
      for (const ir_block& block : part->blocks) {
        for (const std::string_view line : block.lines) {
          const std::size_t index = line.find("ptr %index.addr");
          if (line.find("  store i") != 0 || index == std::string_view::npos) {
            continue;
          }
          const int state = number_stored(line);
          states.insert(state);
          if (const suspension* const stop = place_of(line, state, stops); stop != nullptr) {
            state_of_[stop->number] = state;
            matched.insert(state);
          }
        }
      }
    }
    // Where locations have been merged nothing is said about what is missing.
    for (suspension& stop : stops) {
      stop.removed = stop.kind != "final" && !state_of_.contains(stop.number) && matched == states;
    }
  }

  /// The names by which the fields of the frame are reached.
  void read_names(const std::string& type_name) {
    const std::string plain = "%" + type_name + ", ptr ";
    const std::string quoted = "%\"" + type_name + "\", ptr ";
    for (const ir_function* part : {&ramp_, &resume_}) {
      for (const ir_block& block : part->blocks) {
        for (const std::string_view line : block.lines) {
          if (line.find("getelementptr") == std::string_view::npos ||
              (line.find(plain) == std::string_view::npos &&
               line.find(quoted) == std::string_view::npos)) {
            continue;
          }
          const std::size_t at = line.find("i32 0, i32 ");
          if (at == std::string_view::npos) {
            continue;
          }
          std::size_t field = 0;
          std::from_chars(line.data() + at + 11, line.data() + line.size(), field);
          names_[field].insert(name_at(line, line.find('%')));
        }
      }
    }
  }

  void add_parts(std::string_view type, explanation& result) {
    const std::vector<std::string_view> fields = elements_of(type);
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const layout of = layout_of(split_, fields[i]);
      const std::uint64_t alignment = type.starts_with('<') ? 1 : of.alignment;
      offset = (offset + alignment - 1) / alignment * alignment;
      const std::size_t before = result.parts.size();
      add_field(i, fields, result);
      for (std::size_t k = before; k < result.parts.size(); ++k) {
        result.parts[k].offset = offset;
      }
      offset += of.size;
    }
  }

  void add_field(std::size_t i, const std::vector<std::string_view>& fields, explanation& result) {
    const std::uint64_t size = layout_of(split_, fields[i]).size;
    if (i < 2) {
      result.parts.push_back(
          {i == 0 ? "resume" : "destroy", "bookkeeping", "pointer to function", 0, size, all()});
      return;
    }
    std::vector<frame_part> here;
    std::set<std::string> shown;
    for (const std::string_view name : names_[i]) {
      if (name.starts_with("index.addr")) {
        here.push_back(
            {"state", "bookkeeping", "number of " + std::string(fields[i]), 0, size, all()});
        break;
      }
      frame_part part = describe(name, fields[i], size);
      if (shown.insert(part.name).second) {
        here.push_back(std::move(part));
      }
    }
    if (here.empty() && plain_type(fields[i]).ends_with("promise_type")) {
      here.push_back({"promise", "promise", plain_type(fields[i]), 0, size, all()});
    } else if (here.empty() && elements_of(fields[i]).empty() && fields[i].starts_with("[")) {
      return;  // padding
    } else if (here.empty()) {
      here.push_back({"(not named)", "value", plain_type(fields[i]), 0, size, {}});
    }
    std::ranges::sort(here, std::greater(), &frame_part::size);
    result.parts.insert(result.parts.end(), here.begin(), here.end());
  }

  frame_part describe(std::string_view name, std::string_view type, std::uint64_t size) const {
    std::string_view base = without_number(name);
    for (const std::string_view suffix : {".reload.addr", ".spill.addr"}) {
      if (base.ends_with(suffix)) {
        base.remove_suffix(suffix.size());
        break;
      }
    }
    auto found = source_.locals.find(base);
    bool whole = true;
    if (found == source_.locals.end()) {  // text.sroa.0, i.0143: pieces and values of a variable
      const std::size_t dot = base.find('.');
      if (dot != 0 && dot != std::string_view::npos) {
        found = source_.locals.find(base.substr(0, dot));
        whole = false;
      }
      if (found != source_.locals.end() && found->second.name.empty()) {
        found = source_.locals.end();
      }
    }
    if (found == source_.locals.end() && !base.empty()) {  // a parameter that is only a value
      found = std::ranges::find_if(source_.locals,
                                   [&](const auto& each) { return each.second.name == base; });
      whole = false;
    }
    if (found == source_.locals.end()) {
      frame_part part{"of an inlined call", "temporary", plain_type(type), 0, size, {}};
      if (base.find(".i") == std::string_view::npos) {
        part.kind = "value";
        part.name = base.empty() ? "(computed)" : std::string(base);
        part.live_across = used_across(name);
      }
      return part;
    }
    const local& it = found->second;
    frame_part part;
    part.size = whole ? layout_of(front_, it.type).size : size;
    part.live_across =
        it.bounded ? std::vector<int>(it.live.begin(), it.live.end()) : used_across(name);
    part.type = it.di_type.empty() ? plain_type(it.type) : source_type(front_, it.di_type);
    if (it.name == "__promise" || base == "__promise") {
      part.name = part.kind = "promise";
      part.type = plain_type(it.type);
    } else if (!it.name.empty()) {
      part.name = it.name;
      part.kind = it.parameter ? "parameter" : "variable";
    } else if (it.awaiter_of >= 0) {
      const suspension& stop = source_.suspensions[static_cast<std::size_t>(it.awaiter_of)];
      part.name = fmt::format("awaiter {}", stop.number);
      part.kind = "awaiter";
    } else {
      part.name = it.line > 0 ? fmt::format("temporary of line {}", it.line)
                              : "temporary " + std::string(base);
      part.kind = "temporary";
    }
    return part;
  }

  /// Suspensions between which and the next one the name is used: for what has no marks of its
  /// life.
  [[nodiscard]] std::vector<int> used_across(std::string_view name) const {
    std::vector<int> across;
    const std::string token = "%" + std::string(name);
    for (const auto& [number, state] : state_of_) {
      std::set<std::string_view> seen;
      std::vector<std::string> todo{fmt::format("resume.{}", state)};
      for (std::size_t i = 0; i < todo.size(); ++i) {
        const ir_block* const block = resume_.find(todo[i]);
        if (block == nullptr || !seen.insert(block->name).second) {
          continue;
        }
        if (std::ranges::any_of(block->lines, [&](std::string_view line) {
              return line.find(token) != std::string_view::npos;
            })) {
          across.push_back(number);
          break;
        }
        todo.insert(todo.end(), block->successors.begin(), block->successors.end());
      }
    }
    return across;
  }

  [[nodiscard]] std::vector<int> all() const {
    std::vector<int> numbers;
    for (const suspension& stop : source_.suspensions) {
      numbers.push_back(stop.number);
    }
    return numbers;
  }

  const source_coroutine& source_;
  const ir_module& front_;
  const ir_module& split_;
  const std::string symbol_;
  const std::string resume_symbol_ = symbol_ + ".resume";
  const ir_function ramp_;
  const ir_function resume_;
  std::map<int, int> state_of_;  // by number of the suspension
  std::map<std::size_t, std::set<std::string_view>> names_;
};

}  // namespace

std::optional<explanation> explain_frame(const source_coroutine& source, const ir_module& front,
                                         const ir_module& split) {
  return frame_reader(source, front, split).read();
}

}  // namespace weft::explain
