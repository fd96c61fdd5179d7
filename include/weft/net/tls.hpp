#pragma once
/// TLS: `tls_context`, `tls_stream`. Needs `weft::tls`.

#include <weft/net/tls_context.hpp>
#include <weft/net/tls_stream.hpp>
