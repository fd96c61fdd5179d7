#pragma once
/// What most tests include, for builds with WEFT_TEST_PCH=all.

#include <weft/weft.hpp>

#include "support/precompiled_standard.hpp"
