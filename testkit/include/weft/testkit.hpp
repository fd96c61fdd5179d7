#pragma once
/// The test kit: simulation of everything that runs beside each other, on one thread and
/// repeatable.

#include <weft/testkit/disk.hpp>
#include <weft/testkit/explore.hpp>
#include <weft/testkit/network.hpp>
#include <weft/testkit/options.hpp>
#include <weft/testkit/report.hpp>
#include <weft/testkit/simulation.hpp>
