#include "place.hpp"

#include <string_view>

namespace weft::detail {
namespace {

/// The text without template arguments and default noise is what people recognise: cut the return
/// type, keep the qualified name.
std::string_view without_return_type(std::string_view name) {
  // The last space outside of <> and () before the parameter list ends the return type.
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '<' || (c == '(' && name.compare(i, 11, "(anonymous ") == 0)) {
      ++depth;
    } else if (c == '>' || (c == ')' && depth > 0)) {
      --depth;
    } else if (c == '(' && depth == 0) {
      break;
    } else if (c == ' ' && depth == 0) {
      begin = i + 1;
    }
  }
  return name.substr(begin);
}

}  // namespace

std::string clean_function_name(const char* text) {
  std::string_view name = text == nullptr ? std::string_view() : std::string_view(text);
  const std::size_t with = name.find(" [with ");
  if (with != std::string_view::npos) {
    name = name.substr(0, with);
  }
  // g++ names the actor function: "void app::load(app::load(int)::_ZN3app4loadEi.Frame*)".
  if (name.find(".Frame*)") != std::string_view::npos) {
    const std::size_t parameters = name.find('(');
    std::string_view plain = without_return_type(name.substr(0, parameters));
    if (plain.find("<lambda") != std::string_view::npos) {
      plain = without_return_type(name.substr(0, name.find("::operator()")));
    }
    return std::string(plain);
  }
  std::string_view plain = without_return_type(name);
  // The name stops at its parameter list; "(anonymous class)" belongs to the name.
  std::size_t from = 0;
  for (;;) {
    const std::size_t open = plain.find('(', from);
    if (open == std::string_view::npos) {
      break;
    }
    if (plain.compare(open, 11, "(anonymous ") == 0) {
      from = plain.find(')', open) + 1;
      continue;
    }
    if (plain.compare(open, 4, "()::") == 0 || plain.compare(open, 3, "()(") == 0) {
      from = open + 2;  // "main()::…" and "operator()("
      continue;
    }
    plain = plain.substr(0, open);
    break;
  }
  const std::size_t call = plain.rfind("::operator()");
  if (call != std::string_view::npos) {
    plain = plain.substr(0, call);
  }
  return std::string(plain);
}

std::string describe(const std::source_location& place) {
  std::string text = clean_function_name(place.function_name());
  std::string_view file = place.file_name();
  file = file.substr(file.rfind('/') + 1);
  text += " (";
  text += file;
  text += ':';
  text += std::to_string(place.line());
  text += ')';
  return text;
}

}  // namespace weft::detail
