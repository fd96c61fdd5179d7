#pragma once
/// Façade of module channel: queues between coroutines.

#include <weft/channel/channel.hpp>
#include <weft/channel/options.hpp>
