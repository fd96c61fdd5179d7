#pragma once

namespace weft::tour {

/// The hidden command `weft tour-delays`: a million delays, measured; prints one JSON object.
void run_delays();

}  // namespace weft::tour
