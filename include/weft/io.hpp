#pragma once
/// Façade of module io: waiting for what weft has no type for, descriptors and callbacks.

#include <weft/io/any_fd.hpp>
#include <weft/io/from_callback.hpp>
