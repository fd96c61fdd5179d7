#include "explain/ir.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace weft::explain {
namespace {

bool is_name_character(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '$' ||
         c == '-';
}

std::string_view line_at(std::string_view text, std::size_t& position) {
  const std::size_t end = std::min(text.find('\n', position), text.size());
  const std::string_view line = text.substr(position, end - position);
  position = end + 1;
  return line;
}

/// `name:` at the beginning of a line; empty when it is none.
std::string_view label_of(std::string_view line) {
  if (line.empty() || line.front() == ' ' || line.front() == '}') {
    return {};
  }
  if (line.front() == '"') {
    const std::size_t end = line.find('"', 1);
    return end + 1 < line.size() && line[end + 1] == ':' ? line.substr(1, end - 1)
                                                         : std::string_view();
  }
  std::size_t end = 0;
  while (end < line.size() && is_name_character(line[end])) {
    ++end;
  }
  return end > 0 && end < line.size() && line[end] == ':' ? line.substr(0, end)
                                                          : std::string_view();
}

void add_successors(std::string_view line, std::vector<std::string_view>& to) {
  constexpr std::string_view word = "label %";
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at)) {
    at += word.size();
    to.push_back(name_at(line, at - 1));
  }
}

}  // namespace

const ir_block* ir_function::find(std::string_view block) const {
  const auto found = std::ranges::find(blocks, block, &ir_block::name);
  return found == blocks.end() ? nullptr : &*found;
}

ir_module::ir_module(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    const std::string_view line = line_at(text, position);
    lines_.push_back(line);
    if (line.starts_with("define ")) {
      defines_.push_back(line);
    } else if (line.starts_with('!')) {
      if (const std::size_t equals = line.find(" = "); equals != std::string_view::npos) {
        std::string_view value = line.substr(equals + 3);
        constexpr std::string_view distinct = "distinct ";
        value.remove_prefix(value.starts_with(distinct) ? distinct.size() : 0);
        nodes_.emplace(line.substr(0, equals), value);
      }
    } else if (line.starts_with('%')) {
      if (const std::size_t equals = line.find(" = type "); equals != std::string_view::npos) {
        types_.emplace(name_at(line, 0), line.substr(equals + 8));
      }
    } else if (line.starts_with("attributes #")) {
      const std::size_t equals = line.find(" = ");
      attributes_.emplace(line.substr(11, equals - 11), line.substr(equals + 3));
    }
  }
}

ir_function ir_module::read_function(std::string_view define) const {
  ir_function result;
  result.header = define;
  if (const std::size_t at = define.find('@'); at != std::string_view::npos) {
    result.symbol = name_at(define, at);
  }
  const auto start = std::ranges::find_if(
      lines_, [&](std::string_view line) { return line.data() == define.data(); });
  if (start == lines_.end()) {
    return result;
  }
  result.blocks.push_back({"entry", {}, {}});
  for (auto line = start + 1; line != lines_.end() && *line != "}"; ++line) {
    if (const std::string_view label = label_of(*line); !label.empty()) {
      if (result.blocks.size() == 1 && result.blocks.front().lines.empty()) {
        result.blocks.front().name = label;
      } else {
        result.blocks.push_back({label, {}, {}});
      }
      continue;
    }
    if (!line->empty()) {
      result.blocks.back().lines.push_back(*line);
      add_successors(*line, result.blocks.back().successors);
    }
  }
  return result;
}

ir_function ir_module::find_function(std::string_view symbol) const {
  for (const std::string_view define : defines_) {
    const std::size_t at = define.find('@');
    if (at != std::string_view::npos && name_at(define, at) == symbol) {
      return read_function(define);
    }
  }
  return {};
}

std::string_view ir_module::attributes_of(std::string_view define) const {
  const std::size_t at = define.find(" #", define.rfind(')'));
  const std::size_t group = at != std::string_view::npos ? at : define.rfind(" #");
  if (group == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = define.substr(group + 1);
  const auto found = attributes_.find(rest.substr(0, rest.find(' ')));
  return found == attributes_.end() ? std::string_view() : found->second;
}

std::string_view ir_module::node(std::string_view id) const {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? std::string_view() : found->second;
}
std::string_view ir_module::type(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? std::string_view() : found->second;
}

std::string_view field_of(std::string_view node, std::string_view key) {
  for (std::size_t at = node.find(key); at != std::string_view::npos; at = node.find(key, at + 1)) {
    const bool begins = at > 0 && (node[at - 1] == '(' || node[at - 1] == ' ');
    const std::size_t value = at + key.size();
    if (!begins || node.substr(value, 2) != ": ") {
      continue;
    }
    std::string_view rest = node.substr(value + 2);
    if (rest.starts_with('"')) {
      return rest.substr(1, rest.find('"', 1) - 1);
    }
    return rest.substr(0, rest.find_first_of(",)"));
  }
  return {};
}
int number_of(std::string_view node, std::string_view key) {
  const std::string_view text = field_of(node, key);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view name_at(std::string_view text, std::size_t position) {
  std::string_view rest = text.substr(position + 1);
  if (rest.starts_with('"')) {
    return rest.substr(1, rest.find('"', 1) - 1);
  }
  std::size_t end = 0;
  while (end < rest.size() && is_name_character(rest[end])) {
    ++end;
  }
  return rest.substr(0, end);
}

std::string_view debug_location_of(std::string_view line) {
  constexpr std::string_view word = "!dbg !";
  const std::size_t at = line.rfind(word);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = line.substr(at + word.size() - 1);
  std::size_t end = 1;
  while (end < rest.size() && std::isdigit(static_cast<unsigned char>(rest[end])) != 0) {
    ++end;
  }
  return rest.substr(0, end);
}

}  // namespace weft::explain
