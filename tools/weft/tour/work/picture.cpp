#include "tour/work/picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace weft::tour {
namespace {

constexpr std::size_t channels = 3;

/// Noise between 0 and 1 at a place of a grid.
double noise_at(std::int64_t x, std::int64_t y, std::size_t seed) noexcept {
  auto mixed = static_cast<std::uint64_t>(x) * 0x9E3779B97F4A7C15U +
               static_cast<std::uint64_t>(y) * 0xC2B2AE3D27D4EB4FU + seed * 0x165667B19E3779F9U;
  mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9U;
  mixed ^= mixed >> 32;
  return static_cast<double>(mixed & 0xFFFFU) / 65535.0;
}

double between(double from, double to, double share) noexcept {
  return from + (to - from) * share * share * (3 - 2 * share);
}

double smooth_noise(double x, double y, std::size_t seed) noexcept {
  const auto left = static_cast<std::int64_t>(std::floor(x));
  const auto top = static_cast<std::int64_t>(std::floor(y));
  const double across = x - std::floor(x);
  return between(between(noise_at(left, top, seed), noise_at(left + 1, top, seed), across),
                 between(noise_at(left, top + 1, seed), noise_at(left + 1, top + 1, seed), across),
                 y - std::floor(y));
}

double rough_noise(double x, double y, std::size_t seed) noexcept {
  double sum = 0;
  double weight = 0.5;
  for (int octave = 0; octave < 5; ++octave) {
    sum += weight * smooth_noise(x, y, seed);
    x *= 2;
    y *= 2;
    weight /= 2;
  }
  return sum;
}

std::uint8_t as_byte(double value) noexcept {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
}

// Of the filter.
constexpr int reach = 3;  // pixels to each side
constexpr double near_by = 2;
constexpr double alike = 24;

struct weights {
  std::array<float, (2 * reach + 1) * (2 * reach + 1)> of_place{};
  std::array<float, 256> of_difference{};
  weights() {
    for (int y = -reach; y <= reach; ++y) {
      for (int x = -reach; x <= reach; ++x) {
        of_place[static_cast<std::size_t>((y + reach) * (2 * reach + 1) + x + reach)] =
            static_cast<float>(std::exp(-(x * x + y * y) / (2 * near_by * near_by)));
      }
    }
    for (std::size_t d = 0; d < of_difference.size(); ++d) {
      const auto difference = static_cast<double>(d);
      of_difference[d] =
          static_cast<float>(std::exp(-difference * difference / (2 * alike * alike)));
    }
  }
};

std::uint8_t smoothed_byte(const picture& from, const weights& w, int x, int y,
                           std::size_t channel) noexcept {
  const auto width = static_cast<int>(from.width);
  const auto height = static_cast<int>(from.height);
  const auto at = [&](int column, int row) {
    return static_cast<int>(
        from.bytes[static_cast<std::size_t>(row * width + column) * channels + channel]);
  };
  const int own = at(x, y);
  float sum = 0;
  float all = 0;
  for (int row = std::max(0, y - reach); row <= std::min(height - 1, y + reach); ++row) {
    for (int column = std::max(0, x - reach); column <= std::min(width - 1, x + reach); ++column) {
      const int value = at(column, row);
      const float weight = w.of_place[static_cast<std::size_t>((row - y + reach) * (2 * reach + 1) +
                                                               column - x + reach)] *
                           w.of_difference[static_cast<std::size_t>(std::abs(value - own))];
      sum += weight * static_cast<float>(value);
      all += weight;
    }
  }
  return static_cast<std::uint8_t>(sum / all + 0.5F);
}

}  // namespace

picture drawn_landscape(std::size_t number, std::size_t width, std::size_t height) {
  picture p{width, height, std::vector<std::uint8_t>(width * height * channels)};
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const double across = static_cast<double>(x) / static_cast<double>(width);
      const double down = static_cast<double>(y) / static_cast<double>(height);
      const double ridge = 0.35 + 0.35 * rough_noise(3 * across, 1, number);
      const double grain = rough_noise(40 * across, 40 * down, number + 1);
      const bool is_sky = down < ridge;
      const double light = is_sky ? 1 - 0.4 * down : 0.35 + 0.5 * grain;
      std::uint8_t* const pixel = &p.bytes[(y * width + x) * channels];
      pixel[0] = as_byte((is_sky ? 150 : 120) * light + 20 * grain);
      pixel[1] = as_byte((is_sky ? 185 : 160) * light + 10 * grain);
      pixel[2] = as_byte((is_sky ? 235 : 80) * light + 15 * grain);
    }
  }
  return p;
}

picture smoothed(const picture& from) {
  static const weights all;
  picture to{from.width, from.height, std::vector<std::uint8_t>(from.bytes.size())};
  std::size_t next = 0;
  for (std::size_t y = 0; y < from.height; ++y) {
    for (std::size_t x = 0; x < from.width; ++x) {
      for (std::size_t channel = 0; channel < channels; ++channel) {
        to.bytes[next++] =
            smoothed_byte(from, all, static_cast<int>(x), static_cast<int>(y), channel);
      }
    }
  }
  return to;
}

picture made_smaller(const picture& from, std::size_t width) {
  const std::size_t height = std::max<std::size_t>(1, from.height * width / from.width);
  picture to{width, height, std::vector<std::uint8_t>(width * height * channels)};
  std::size_t next = 0;
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t top = y * from.height / height;
    const std::size_t bottom = std::max(top + 1, (y + 1) * from.height / height);
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t left = x * from.width / width;
      const std::size_t right = std::max(left + 1, (x + 1) * from.width / width);
      for (std::size_t channel = 0; channel < channels; ++channel) {
        std::size_t sum = 0;
        for (std::size_t row = top; row < bottom; ++row) {
          for (std::size_t column = left; column < right; ++column) {
            sum += from.bytes[(row * from.width + column) * channels + channel];
          }
        }
        to.bytes[next++] = static_cast<std::uint8_t>(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return to;
}

}  // namespace weft::tour
