#pragma once
/// How server and client reach into messages.

#include <weft/http/request.hpp>
#include <weft/http/response.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::http::detail {

using route_params = std::vector<std::pair<std::string_view, std::string>>;

class request_access {
 public:
  static void set_head(request& r, http::method m, std::string& target, http::headers& fields) {
    r.method_ = m;
    r.target_.swap(target);  // swapped, not copied: both buffers are used again
    std::swap(r.headers_, fields);
  }
  static void swap_body(request& r, std::string& body) { r.body_.swap(body); }
  static void swap_body(response& r, std::string& body) { r.body_.swap(body); }
  /// Sends the body again only where the method stays.
  static void redirect(request& r, http::method m, std::string target) {
    if (m != r.method_) {
      r.body_.clear();
    }
    r.method_ = m;
    r.target_ = std::move(target);
  }
  static route_params& params(request& r) noexcept { return r.params_; }
  static void set_context(request& r, void* context) noexcept { r.context_ = context; }
};

}  // namespace weft::http::detail
