#pragma once
/// Façade of module os: pipes, child processes, signals, terminals and serial ports.

#include <weft/os/pipe.hpp>
#include <weft/os/process.hpp>
#include <weft/os/serial_port.hpp>
#include <weft/os/signal.hpp>
#include <weft/os/terminal.hpp>
