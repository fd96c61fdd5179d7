#pragma once
/// `router`: from a method and a path to whoever answers; no I/O.

#include <weft/http/method.hpp>

#include "request_access.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::http::detail {

/// A tree with a node per segment. A literal beats a parameter, a typed parameter an untyped one, a
/// catch-all comes last; where a branch leads nowhere the next one is tried. As every node is
/// visited at most once, matching costs at most the number of routes, whatever the path.
class router {
 public:
  router();
  ~router();
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  /// `pattern`: `/users/{id:int}/orders`; kinds: int, long, bool, double, guid, string (the
  /// default); `{*path}` at the end takes the rest. Throws: std::invalid_argument for a pattern
  /// that is none, for a name given twice, and for a route that is there already.
  void add(http::method m, std::string_view pattern, void* target);

  /// What a match works with; kept by whoever matches often, it saves the allocations.
  struct scratch {
    std::vector<std::string> segments;  // of the path, decoded
    std::vector<std::string> taken;     // values of parameters
  };

  enum class outcome : std::uint8_t { found, not_found, method_not_allowed, bad_path };
  struct result {
    outcome what = outcome::not_found;
    void* target = nullptr;
    std::string allow;  ///< method_not_allowed: the Allow header
  };
  /// HEAD is answered by what answers GET. `params` gets the values, percent-decoded. Paths with a
  /// broken escape, or with segments `.` and `..`, however encoded, are bad.
  [[nodiscard]] result match(http::method m, std::string_view path, route_params& params,
                             scratch& memory) const;
  [[nodiscard]] result match(http::method m, std::string_view path, route_params& params) const {
    scratch memory;
    return match(m, path, params, memory);
  }

 private:
  struct node;
  struct search;
  std::unique_ptr<node> root_;
};

}  // namespace weft::http::detail
