#pragma once
/// Façade of module time: clocks, delays, time-outs.

#include <weft/time/delay.hpp>
#include <weft/time/periodic_timer.hpp>
#include <weft/time/time_provider.hpp>
