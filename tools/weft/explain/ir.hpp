#pragma once
/// As much of LLVM's textual form as it takes to explain a coroutine: functions, types, debug
/// information.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::explain {

/// A straight piece of a function: its lines, and where it may go on.
struct ir_block {
  std::string_view name;
  std::vector<std::string_view> lines;
  std::vector<std::string_view> successors;
};
struct ir_function {
  std::string_view symbol;
  std::string_view header;  ///< The line of `define`.
  std::vector<ir_block> blocks;
  [[nodiscard]] const ir_block* find(std::string_view block) const;
};

/// A module, or a part of one. **Lifetime**: views into the text, which must outlive it.
class ir_module {
 public:
  explicit ir_module(std::string_view text);

  /// The first lines of all functions.
  [[nodiscard]] const std::vector<std::string_view>& defines() const noexcept { return defines_; }
  /// Reads the function that starts with that line.
  [[nodiscard]] ir_function read_function(std::string_view define) const;
  [[nodiscard]] ir_function find_function(std::string_view symbol) const;
  /// The attributes that the group of a `define` line has.
  [[nodiscard]] std::string_view attributes_of(std::string_view define) const;
  /// `!12`: the text of that node; empty when there is none.
  [[nodiscard]] std::string_view node(std::string_view id) const;
  /// `%name`: the text behind `= type`.
  [[nodiscard]] std::string_view type(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string_view>& lines() const noexcept { return lines_; }

 private:
  std::vector<std::string_view> lines_;
  std::vector<std::string_view> defines_;
  std::unordered_map<std::string_view, std::string_view> nodes_;
  std::unordered_map<std::string_view, std::string_view> types_;
  std::unordered_map<std::string_view, std::string_view> attributes_;
};

/// Of `!DIx(key: value, …)`: the value, without quotes.
[[nodiscard]] std::string_view field_of(std::string_view node, std::string_view key);
/// The same as a number; 0 when it is missing.
[[nodiscard]] int number_of(std::string_view node, std::string_view key);
/// The name that begins at `%` or `@` in `text`, without it and without quotes.
[[nodiscard]] std::string_view name_at(std::string_view text, std::size_t position);
/// What stands behind the last `!dbg ` of a line: `!12`.
[[nodiscard]] std::string_view debug_location_of(std::string_view line);

/// A type of the debug information, as the source spells it.
[[nodiscard]] std::string source_type(const ir_module& module, std::string_view id);
/// A type of the IR (`%"class.weft::task.10"`), as near to the source as it goes.
[[nodiscard]] std::string plain_type(std::string_view type);
/// Template arguments that nobody writes are left out.
[[nodiscard]] std::string shortened(std::string type);

struct layout {
  std::uint64_t size = 0;
  std::uint64_t alignment = 1;
};
/// How x86-64 and AArch64 Linux lay a type out.
[[nodiscard]] layout layout_of(const ir_module& module, std::string_view type);
/// The parts of `{ a, b, … }` or `<{ … }>`.
[[nodiscard]] std::vector<std::string_view> elements_of(std::string_view structure);

}  // namespace weft::explain
