#pragma once
/// Façade of module os: pipes.

#include <weft/os/pipe.hpp>
