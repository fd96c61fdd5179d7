#pragma once
/// What most tests include, for builds with WEFT_TEST_PCH.

#include <weft/weft.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <latch>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
