/// Addresses: the one file that names Boost.URL.

#include <weft/http/url.hpp>

#include "text.hpp"

#include <stdexcept>

#include <boost/url.hpp>

namespace weft::http {
namespace {

namespace urls = boost::urls;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  std::string shown(text.substr(0, 200));
  for (char& c : shown) {
    c = c > ' ' && c < 0x7f ? c : '?';
  }
  throw std::invalid_argument("http: '" + shown + "' is not an address: " + why);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = detail::lower(c);
  }
  return out;
}

std::string copy(urls::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

url::url(std::string_view text) {
  const auto parsed = urls::parse_uri(urls::string_view(text.data(), text.size()));
  if (!parsed) {
    refuse(text, text.find("://") == std::string_view::npos
                     ? "it must begin with http:// or https://"
                     : "a character or part is not allowed there");
  }
  const urls::url_view view = *parsed;
  // Boost.URL 1.81 reads http://a:x/ as an empty port and the path "x/".
  if (const urls::string_view path = view.encoded_path(); !path.empty() && path[0] != '/') {
    refuse(text, "the port is not a number");
  }
  scheme_ = lower(view.scheme());
  if (scheme_ != "http" && scheme_ != "https") {
    refuse(text, "the scheme '" + scheme_ + "' is neither http nor https");
  }
  if (view.has_userinfo()) {
    refuse(text, "it holds a user name; say it in an Authorization header");
  }
  if (view.host_type() == urls::host_type::ipv6) {
    host_ = copy(view.host_ipv6_address().to_string());
  } else {
    host_ = lower(view.host());
  }
  if (host_.empty() || host_.find_first_of(std::string_view("\0 \r\n/", 5)) != std::string::npos) {
    refuse(text, "the host is missing or holds what no host's name can hold");
  }
  port_ = scheme_ == "https" ? 443 : 80;
  if (view.has_port() && !view.port().empty()) {
    port_ = view.port_number();
    if (port_ == 0) {
      refuse(text, "the port must be from 1 to 65535");
    }
  }
  target_ = copy(view.encoded_resource());
  if (target_.empty() || target_[0] != '/') {
    target_.insert(0, 1, '/');
  }
  if (const std::size_t hash = target_.find('#'); hash != std::string::npos) {
    target_.resize(hash);
  }
}

std::string url::authority() const {
  const bool bracketed = host_.find(':') != std::string::npos;
  std::string text = bracketed ? '[' + host_ + ']' : host_;
  if (port_ != (scheme_ == "https" ? 443 : 80)) {
    text += ':' + std::to_string(port_);
  }
  return text;
}

url url::resolve(std::string_view reference) const {
  const auto parsed =
      urls::parse_uri_reference(urls::string_view(reference.data(), reference.size()));
  if (!parsed) {
    refuse(reference, "a character or part is not allowed there");
  }
  const std::string base_text = scheme_ + "://" + authority() + target_;
  const urls::url base(base_text);
  urls::url whole;
  if (!urls::resolve(base, *parsed, whole)) {
    refuse(reference, "it does not lead anywhere from " + base_text);
  }
  return url(std::string_view(whole.c_str(), whole.size()));
}

}  // namespace weft::http
