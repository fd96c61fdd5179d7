#pragma once
/// How mutants name the functions under test.

#include <algorithm>
#include <cstring>
#include <string>

namespace model {

inline void erase_all(std::string& from, const std::string& what) {
  for (std::size_t at = from.find(what); at != std::string::npos; at = from.find(what)) {
    from.erase(at, what.size());
  }
}

/// "bool ns::detail::deque<T>::pop(job *)" → "deque::pop", whatever the compiler; g++ writes what
/// gives a function "int& (* ns::detail::set(provider))()".
[[nodiscard]] inline std::string short_name_of(const char* function) {
  std::string whole = function;
  erase_all(whole, "(anonymous namespace)::");
  erase_all(whole, "{anonymous}::");
  std::string name;
  int depth = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const char c = whole[at];
    depth += c == '<' ? 1 : 0;
    if (depth == 0 && c == '(') {
      if (whole.compare(at, 2, "(*") != 0) {
        break;
      }
      name.clear();
      continue;
    }
    if (depth == 0) {
      name += c;
    }
    depth -= c == '>' ? 1 : 0;
  }
  name = name.substr(name.rfind(' ') + 1);
  name = name.substr(std::min(name.find_first_not_of("*&"), name.size()));
  if (const std::size_t at = name.rfind("detail::"); at != std::string::npos) {
    name = name.substr(at + std::strlen("detail::"));
  }
  if (name.starts_with("weft_model")) {
    name = name.substr(name.find("::") + 2);
  }
  return name;
}

}  // namespace model
