#include "router.hpp"

#include <weft/http/detail/convert.hpp>

#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace weft::http::detail {
namespace {

constexpr std::size_t method_count = static_cast<std::size_t>(http::method::other) + 1;

/// In the order in which they are tried.
enum class segment_kind : std::uint8_t { literal, boolean, int32, int64, number, guid, text, rest };

struct segment {
  segment_kind kind;
  std::string text;  // of a literal, or the name of a parameter
};

bool is_guid(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return text.size() == 36;
}

bool fits(segment_kind kind, std::string_view text) {
  switch (kind) {
    case segment_kind::boolean:
      return convert<bool>(text).has_value();
    case segment_kind::int32:
      return convert<std::int32_t>(text).has_value();
    case segment_kind::int64:
      return convert<std::int64_t>(text).has_value();
    case segment_kind::number:
      return convert<double>(text).has_value();
    case segment_kind::guid:
      return is_guid(text);
    case segment_kind::literal:
    case segment_kind::text:
    case segment_kind::rest:
      break;
  }
  return true;
}

[[noreturn]] void refuse(std::string_view pattern, const std::string& why) {
  throw std::invalid_argument("http: the route '" + std::string(pattern) + "' " + why);
}

segment_kind kind_of(std::string_view name, std::string_view pattern) {
  static constexpr std::pair<std::string_view, segment_kind> kinds[] = {
      {"bool", segment_kind::boolean}, {"int", segment_kind::int32},
      {"long", segment_kind::int64},   {"double", segment_kind::number},
      {"guid", segment_kind::guid},    {"string", segment_kind::text}};
  for (const auto& [known, kind] : kinds) {
    if (known == name) {
      return kind;
    }
  }
  refuse(pattern, "has a parameter of unknown kind '" + std::string(name) +
                      "'; known are int, long, bool, double, guid and string");
}

segment parse_parameter(std::string_view inside, std::string_view pattern) {
  segment s{segment_kind::text, {}};
  if (!inside.empty() && inside[0] == '*') {
    s.kind = segment_kind::rest;
    inside.remove_prefix(1);
  } else if (const std::size_t colon = inside.find(':'); colon != std::string_view::npos) {
    s.kind = kind_of(inside.substr(colon + 1), pattern);
    inside = inside.substr(0, colon);
  }
  for (const char c : inside) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') {
      refuse(pattern, "has a parameter whose name is not made of letters, digits and _");
    }
  }
  if (inside.empty()) {
    refuse(pattern, "has a parameter without a name");
  }
  s.text = inside;
  return s;
}

std::vector<segment> parse_pattern(std::string_view pattern) {
  if (pattern.empty() || pattern[0] != '/') {
    refuse(pattern, "must begin with '/'");
  }
  std::vector<segment> segments;
  std::string_view rest = pattern.substr(1);
  while (!rest.empty()) {
    if (!segments.empty() && segments.back().kind == segment_kind::rest) {
      refuse(pattern, "has something behind its catch-all");
    }
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (part.empty()) {
      refuse(pattern, "has an empty segment");
    }
    if (part.front() == '{' && part.back() == '}') {
      segments.push_back(parse_parameter(part.substr(1, part.size() - 2), pattern));
      for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        if (segments[i].kind != segment_kind::literal && segments[i].text == segments.back().text) {
          refuse(pattern, "has two parameters {" + segments[i].text + "}");
        }
      }
    } else if (part.find_first_of("{}?#%* ") != std::string_view::npos) {
      refuse(pattern, "has a segment '" + std::string(part) +
                          "' that is neither plain text nor one {parameter}");
    } else {
      segments.push_back({segment_kind::literal, std::string(part)});
    }
  }
  return segments;
}

}  // namespace

struct router::node {
  explicit node(segment s) : what(std::move(s)) {}

  segment what;
  std::vector<std::unique_ptr<node>> children;  // literals first, then by kind
  std::array<void*, method_count> targets{};
  std::array<std::vector<std::string>, method_count>
      names;  // of the parameters on the way, per route
};

router::router() : root_(std::make_unique<node>(segment{segment_kind::literal, ""})) {}
router::~router() = default;

void router::add(http::method m, std::string_view pattern, void* target) {
  const std::vector<segment> segments = parse_pattern(pattern);
  node* at = root_.get();
  std::vector<std::string> names;
  for (const segment& s : segments) {
    const bool literal = s.kind == segment_kind::literal;
    if (!literal) {
      names.push_back(s.text);
    }
    auto& children = at->children;
    auto found = std::find_if(children.begin(), children.end(), [&](const auto& child) {
      return child->what.kind == s.kind && (!literal || child->what.text == s.text);
    });
    if (found == children.end()) {
      found = std::upper_bound(
          children.begin(), children.end(), s.kind,
          [](segment_kind kind, const auto& child) { return kind < child->what.kind; });
      found = children.insert(found, std::make_unique<node>(s));
    }
    at = found->get();
  }
  const auto index = static_cast<std::size_t>(m);
  if (at->targets[index] != nullptr) {
    refuse(pattern, "is there already for " + std::string(to_string(m)) +
                        " (parameters' names do not count)");
  }
  at->targets[index] = target;
  at->names[index] = std::move(names);
}

/// One match: the path's segments, decoded, and what was found on the way.
struct router::search {
  const http::method method;
  std::vector<std::string>& segments;
  std::vector<std::string>& taken;
  const node* found = nullptr;
  std::size_t found_method = 0;
  std::uint32_t allowed = 0;  // bit per method, of nodes that match but for the method

  bool accept(const node& n) {
    for (std::size_t i = 0; i < method_count; ++i) {
      allowed |= n.targets[i] != nullptr ? 1u << i : 0u;
    }
    std::size_t index = static_cast<std::size_t>(method);
    if (n.targets[index] == nullptr && method == http::method::head) {
      index = static_cast<std::size_t>(http::method::get);
    }
    if (n.targets[index] == nullptr) {
      return false;
    }
    found = &n;
    found_method = index;
    return true;
  }

  bool visit(const node& n, std::size_t depth) {
    if (depth == segments.size() && accept(n)) {
      return true;
    }
    for (const auto& child : n.children) {
      if (try_child(*child, depth)) {
        return true;
      }
    }
    return false;
  }

  bool try_child(const node& child, std::size_t depth) {
    if (child.what.kind == segment_kind::rest) {
      std::string rest;
      for (std::size_t i = depth; i < segments.size(); ++i) {
        rest += (i == depth ? "" : "/") + segments[i];
      }
      taken.push_back(std::move(rest));
      if (accept(child)) {
        return true;
      }
      taken.pop_back();
      return false;
    }
    if (depth == segments.size()) {
      return false;
    }
    if (child.what.kind == segment_kind::literal) {
      return child.what.text == segments[depth] && visit(child, depth + 1);
    }
    if (segments[depth].empty() || !fits(child.what.kind, segments[depth])) {
      return false;
    }
    taken.push_back(segments[depth]);
    if (visit(child, depth + 1)) {
      return true;
    }
    taken.pop_back();
    return false;
  }
};

router::result router::match(http::method m, std::string_view path, route_params& params,
                             scratch& memory) const {
  params.clear();
  memory.segments.clear();
  memory.taken.clear();
  search s{m, memory.segments, memory.taken, nullptr, 0, 0};
  if (path.empty() || path[0] != '/') {
    return {path == "*" ? outcome::not_found : outcome::bad_path, nullptr, {}};
  }
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {  // so that a slash at the end counts for nothing, as in ASP.NET
    const std::size_t slash = rest.find('/');
    auto decoded = percent_decode(rest.substr(0, slash), false);
    if (!decoded || *decoded == "." || *decoded == "..") {
      return {outcome::bad_path, nullptr, {}};
    }
    s.segments.push_back(*std::move(decoded));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  if (s.visit(*root_, 0)) {
    const auto& names = s.found->names[s.found_method];
    for (std::size_t i = 0; i < names.size(); ++i) {
      params.emplace_back(names[i], std::move(s.taken[i]));
    }
    return {outcome::found, s.found->targets[s.found_method], {}};
  }
  if (s.allowed == 0) {
    return {outcome::not_found, nullptr, {}};
  }
  result r{outcome::method_not_allowed, nullptr, {}};
  if ((s.allowed & (1u << static_cast<unsigned>(http::method::get))) != 0) {
    s.allowed |= 1u << static_cast<unsigned>(http::method::head);
  }
  for (std::size_t i = 0; i + 1 < method_count; ++i) {
    if ((s.allowed & (1u << i)) != 0) {
      r.allow +=
          (r.allow.empty() ? "" : ", ") + std::string(to_string(static_cast<http::method>(i)));
    }
  }
  return r;
}

}  // namespace weft::http::detail
