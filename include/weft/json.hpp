#pragma once
/// JSON to and from C++ types: `WEFT_JSON`, `json::parse<T>`, `json::to_string`.

#include <weft/json/describe.hpp>
#include <weft/json/error.hpp>
#include <weft/json/read.hpp>
#include <weft/json/write.hpp>
