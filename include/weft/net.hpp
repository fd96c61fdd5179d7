#pragma once
/// Façade of module net: addresses, names, TCP, Unix and UDP sockets, buffers and pipelines.

#include <weft/net/address.hpp>
#include <weft/net/buffered_stream.hpp>
#include <weft/net/listener.hpp>
#include <weft/net/pipeline.hpp>
#include <weft/net/resolve.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/udp.hpp>
#include <weft/net/unix.hpp>
