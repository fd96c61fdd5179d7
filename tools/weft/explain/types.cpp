#include "explain/ir.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>

namespace weft::explain {
namespace {

constexpr int deepest = 32;  // of types in types; what is deeper ends in "…"

std::string scope_of(const ir_module& module, std::string_view id, int depth) {
  const std::string_view node = module.node(id);
  if (depth > deepest ||
      !(node.starts_with("!DINamespace") || node.starts_with("!DICompositeType"))) {
    return {};
  }
  std::string outer = scope_of(module, field_of(node, "scope"), depth + 1);
  if (field_of(node, "exportSymbols") == "true") {
    return outer;
  }
  const std::string_view name = field_of(node, "name");
  outer += name.empty() ? "(unnamed)" : name;
  return outer + "::";
}

std::string named(const ir_module& module, std::string_view id, int depth) {
  const std::string_view node = module.node(id);
  if (node.empty()) {
    return "void";
  }
  if (depth > deepest) {
    return "…";
  }
  const std::string_view tag = field_of(node, "tag");
  const auto base = [&] { return named(module, field_of(node, "baseType"), depth + 1); };
  if (tag == "DW_TAG_pointer_type") {
    return base() + "*";
  }
  if (tag == "DW_TAG_reference_type") {
    return base() + "&";
  }
  if (tag == "DW_TAG_rvalue_reference_type") {
    return base() + "&&";
  }
  if (tag == "DW_TAG_const_type") {
    return "const " + base();
  }
  if (tag == "DW_TAG_volatile_type") {
    return "volatile " + base();
  }
  if (tag == "DW_TAG_array_type") {
    return base() + "[]";
  }
  if (node.starts_with("!DISubroutineType")) {
    return "function";
  }
  const std::string_view name = field_of(node, "name");
  if (name.empty()) {
    return "lambda";
  }
  return scope_of(module, field_of(node, "scope"), depth + 1) + std::string(name);
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
  }
}

/// The place behind the `>` that closes the `<` before `position`.
std::size_t behind_arguments(std::string_view text, std::size_t position) {
  int open = 1;
  while (position < text.size() && open > 0) {
    open += text[position] == '<' ? 1 : text[position] == '>' ? -1 : 0;
    ++position;
  }
  return position;
}

void drop_argument(std::string& type, std::string_view argument) {
  for (std::size_t at = type.find(argument); at != std::string::npos; at = type.find(argument)) {
    type.erase(at, behind_arguments(type, at + argument.size()) - at);
  }
}

std::uint64_t rounded_up(std::uint64_t size, std::uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

/// What a type takes. Any text gets an answer: a type that contains itself, or very many, is not
/// looked into for ever.
class measurement {
 public:
  explicit measurement(const ir_module& module) noexcept : module_(module) {}

  layout of(std::string_view type, int depth = 0) {
    if (depth > deepest_part || --left_ < 0) {
      return {};
    }
    if (type.starts_with('%')) {
      return of_structure(module_.type(name_at(type, 0)), depth);
    }
    if (type.starts_with('{') || type.starts_with("<{")) {
      return of_structure(type, depth);
    }
    if (type.starts_with('[') || type.starts_with('<')) {
      return of_elements(type, depth);
    }
    if (type.starts_with('i')) {
      std::uint64_t bits = 0;
      std::from_chars(type.data() + 1, type.data() + type.size(), bits);
      const std::uint64_t size = std::bit_ceil((std::min(bits, widest) + 7) / 8);
      return {size, std::min<std::uint64_t>(size, 16)};
    }
    if (type == "float") {
      return {4, 4};
    }
    if (type == "half" || type == "bfloat") {
      return {2, 2};
    }
    if (type == "x86_fp80" || type == "fp128") {
      return {16, 16};
    }
    return {8, 8};  // ptr, double
  }

 private:
  static constexpr int deepest_part = 200;          // of types in types
  static constexpr std::uint64_t widest = 1 << 23;  // bits of an integer, as LLVM has them

  layout of_structure(std::string_view type, int depth) {
    const bool packed = type.starts_with('<');
    layout whole;
    for (const std::string_view element : elements_of(type)) {
      const layout part = of(element, depth + 1);
      const std::uint64_t alignment = packed ? 1 : part.alignment;
      whole.size = rounded_up(whole.size, alignment) + part.size;
      whole.alignment = std::max(whole.alignment, alignment);
    }
    whole.size = rounded_up(whole.size, whole.alignment);
    return whole;
  }
  /// [4 x i8], <4 x float>
  layout of_elements(std::string_view type, int depth) {
    std::uint64_t count = 0;
    std::from_chars(type.data() + 1, type.data() + type.size(), count);
    constexpr std::string_view times = " x ";
    const std::size_t at = type.find(times);
    if (at == std::string_view::npos) {
      return {};
    }
    const std::size_t first = at + times.size();
    const layout one = of(type.substr(first, type.size() - first - 1), depth + 1);
    const std::uint64_t size = count * one.size;
    return {size, type.starts_with('<') ? std::max<std::uint64_t>(size, 1) : one.alignment};
  }

  const ir_module& module_;
  int left_ = 10'000;  // types that are looked at
};

}  // namespace

std::string source_type(const ir_module& module, std::string_view id) {
  return shortened(named(module, id, 0));
}

std::string plain_type(std::string_view type) {
  if (!type.starts_with('%')) {
    return type == "ptr" ? "pointer" : std::string(type);
  }
  std::string_view name = name_at(type, 0);
  for (const std::string_view prefix : {"class.", "struct.", "union."}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  }
  // clang tells types of one name apart by a number.
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos && std::ranges::all_of(name.substr(dot + 1), [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0;
      })) {
    name = name.substr(0, dot);
  }
  return shortened(std::string(name));
}

std::string shortened(std::string type) {
  replace_all(type, "std::__cxx11::", "std::");
  replace_all(type, "std::__n4861::", "std::");
  drop_argument(type, ", std::allocator<");
  drop_argument(type, ", std::default_delete<");
  drop_argument(type, ", std::char_traits<");
  replace_all(type, " >", ">");
  replace_all(type, "std::basic_string<char>", "std::string");
  replace_all(type, "[abi:cxx11]", "");
  return type == "std::basic_string" ? "std::string" : type;
}

std::vector<std::string_view> elements_of(std::string_view structure) {
  std::vector<std::string_view> parts;
  const std::size_t first = structure.find('{');
  const std::size_t last = structure.rfind('}');
  if (first == std::string_view::npos || last == std::string_view::npos) {
    return parts;
  }
  std::string_view inside = structure.substr(first + 1, last - first - 1);
  int open = 0;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= inside.size(); ++i) {
    const char c = i < inside.size() ? inside[i] : ',';
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[' || c == '<')) {
      ++open;
    } else if (!quoted && (c == '}' || c == ']' || c == '>')) {
      --open;
    } else if (!quoted && c == ',' && (open == 0 || i == inside.size())) {
      std::string_view part = inside.substr(begin, i - begin);
      const std::size_t text = std::min(part.find_first_not_of(' '), part.size());
      part.remove_prefix(text);
      part.remove_suffix(part.ends_with(' ') ? 1 : 0);
      if (!part.empty()) {
        parts.push_back(part);
      }
      begin = i + 1;
    }
  }
  return parts;
}

layout layout_of(const ir_module& module, std::string_view type) {
  return measurement(module).of(type);
}

}  // namespace weft::explain
