#pragma once
/// Façade of module net: addresses, names, TCP, Unix and UDP sockets.

#include <weft/net/address.hpp>
#include <weft/net/listener.hpp>
#include <weft/net/resolve.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/udp.hpp>
#include <weft/net/unix.hpp>
