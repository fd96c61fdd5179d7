#pragma once

namespace weft::tour {

/// The hidden command `weft tour-resources`: provides the external resources until its stdin ends,
/// which it does when the process that holds the other end does, in whatever way. Prints an
/// `address_book` first.
/// **Returns** the exit code.
[[nodiscard]] int run_resources();

}  // namespace weft::tour
