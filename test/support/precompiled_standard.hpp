#pragma once
/// What most tests include of others, for builds with WEFT_TEST_PCH.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <fstream>
#include <latch>
#include <memory>
#include <random>
#include <ranges>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
