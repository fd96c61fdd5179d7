#pragma once
/// A claim of weft's, and what measuring it gave.

#include "resources/resources.hpp"
#include "tour/progress.hpp"
#include "tour/timeline.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tour {

/// One way of doing the work, as a row: what it is, how long it took, what it took besides.
struct way {
  std::string name;
  std::string time;
  std::string cost;
};

/// What measuring a claim gave. It holds while every check does.
class outcome {
 public:
  /// The way without weft. The first one stands in the summary.
  void plain(way w) { plain_.push_back(std::move(w)); }
  /// The way with weft. The last one stands in the summary.
  void with_weft(way w) { weft_.push_back(std::move(w)); }
  /// Text that is printed as it is, below the rows: tables, messages.
  void show(std::string lines) { shown_.push_back(std::move(lines)); }
  /// A part of the claim's picture, which `--plot` draws.
  void drawn(panel p) { panels_.push_back(std::move(p)); }
  /// For `--json`; units last in the name, as in `together_ms`.
  void measured(std::string_view name, double value);
  void measured(std::string_view name, std::string_view text);
  /// For `--json`: a value that is JSON already.
  void measured_json(std::string_view name, std::string json);
  /// The claim fails when `holds` is false, and `what` says why: a sentence with the figure.
  void check(bool holds, std::string what);

  [[nodiscard]] bool ok() const noexcept { return failures_.empty(); }
  [[nodiscard]] const std::vector<way>& plain() const noexcept { return plain_; }
  [[nodiscard]] const std::vector<way>& with_weft() const noexcept { return weft_; }
  [[nodiscard]] const std::vector<std::string>& shown() const noexcept { return shown_; }
  [[nodiscard]] const std::vector<std::string>& failures() const noexcept { return failures_; }
  [[nodiscard]] const std::vector<panel>& panels() const noexcept { return panels_; }
  /// The measured values as one JSON object.
  [[nodiscard]] std::string measured_object() const { return "{" + measured_ + "}"; }

 private:
  std::vector<way> plain_;
  std::vector<way> weft_;
  std::vector<std::string> shown_;
  std::vector<std::string> failures_;
  std::vector<panel> panels_;
  std::string measured_;
};

/// What a claim measures with.
class environment {
 public:
  explicit environment(progress& shown) noexcept : progress_(shown) {}
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment() = default;

  /// Says on the progress line what is being measured.
  void doing(std::string_view what) { progress_.doing(what); }
  /// The second process with the external resources; started on first use.
  [[nodiscard]] const resources& outside() {
    if (outside_ == nullptr) {
      outside_ = std::make_unique<resources>();
    }
    return *outside_;
  }

 private:
  progress& progress_;
  std::unique_ptr<resources> outside_;
};

struct claim {
  std::string_view id;
  std::string_view text;
  std::string_view limit;
  void (*measure)(environment&, outcome&);
};

/// All claims, in the order of their numbers.
[[nodiscard]] std::span<const claim> all_claims();

}  // namespace weft::tour
