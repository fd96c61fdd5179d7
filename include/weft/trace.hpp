#pragma once
/// Module trace: event points and the sessions that record them.

#include <weft/trace/event.hpp>
#include <weft/trace/session.hpp>
