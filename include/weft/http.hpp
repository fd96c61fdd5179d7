#pragma once
/// HTTP/1.1: a client, a server, messages, addresses.

#include <weft/http/client.hpp>
#include <weft/http/errors.hpp>
#include <weft/http/headers.hpp>
#include <weft/http/method.hpp>
#include <weft/http/request.hpp>
#include <weft/http/response.hpp>
#include <weft/http/server.hpp>
#include <weft/http/url.hpp>
