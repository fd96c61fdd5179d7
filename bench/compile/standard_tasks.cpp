// P16's limit for tasks: the standard headers that the signatures of weft/task.hpp name.

#include <array>
#include <chrono>
#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <ranges>
#include <source_location>
#include <stop_token>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

int main() {
  return 0;
}
