#include <weft/net/udp.hpp>

#include "message.hpp"
#include "socket.hpp"

#include <stdexcept>

#include <net/if.h>

namespace weft::net {

namespace {

using weft::detail::io_op;
using weft::detail::stream_state;

constexpr const char* sending = "weft::net::udp_socket::send_to";

const address& address_of(const endpoint& to) {
  if (!to.address()) {
    throw std::invalid_argument(std::string(sending) + ": '" + to.host() +
                                "' is no address; use weft::net::resolve first");
  }
  return *to.address();
}

// `data` null: what `owned` holds. `to` null: the peer.
value_task<> send(stream_state& s, const void* data, std::size_t size, std::string owned,
                  const endpoint* to, std::stop_token stop) {
  const auto peer =
      to != nullptr ? detail::to_system(address_of(*to), to->port()) : detail::socket_address();
  const bool addressed = to != nullptr;
  return detail::exchange<void>(
      s, io_op::send_message, sending, std::move(owned), std::move(stop),
      [=](detail::message& m, const std::string& kept) {
        data != nullptr ? m.set_data(data, size) : m.set_data(kept.data(), kept.size());
        if (addressed) {
          m.set_peer(peer);
        }
      },
      detail::nothing());
}

template <class Value>
void set_option(stream_state& s, int level, int name, const Value& value, const char* what) {
  const int fd = weft::detail::target_of(s).fd();
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) {
    detail::throw_system(errno, std::string("weft::net::udp_socket::") + what);
  }
}

void change_group(stream_state& s, const address& group, const address& by, bool joins,
                  const char* what) {
  const auto where = detail::to_system(group, 0);
  if (group.is_v6()) {
    ipv6_mreq request{};
    request.ipv6mr_multiaddr = where.v6.sin6_addr;
    request.ipv6mr_interface = group.scope();
    set_option(s, IPPROTO_IPV6, joins ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, request, what);
    return;
  }
  ip_mreqn request{};
  request.imr_multiaddr = where.v4.sin_addr;
  request.imr_address = detail::to_system(by, 0).v4.sin_addr;
  set_option(s, IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, request, what);
}

}  // namespace

udp_socket udp_socket::bind(endpoint local, udp_socket_options options) {
  const std::string what = "weft::net::udp_socket::bind";
  const address host = detail::local_address(local, what.c_str());
  auto socket = detail::open_socket(host.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM, what);
  const int on = 1;
  for (const auto& [wanted, name] : {std::pair(options.reuse_address, SO_REUSEADDR),
                                     std::pair(options.reuse_port, SO_REUSEPORT)}) {
    if (wanted && ::setsockopt(socket.get(), SOL_SOCKET, name, &on, sizeof on) != 0) {
      detail::throw_system(errno, what + ": cannot set an option of the socket");
    }
  }
  const auto where = detail::to_system(host, local.port());
  if (::bind(socket.get(), &where.any, where.size) != 0) {
    detail::throw_system(errno, what + ": cannot use " + local.to_string());
  }
  return udp_socket(weft::detail::make_stream(socket.take(), weft::detail::stream_kind::udp));
}

value_task<> udp_socket::send_to(std::string data, endpoint to, std::stop_token stop) {
  return net::send(state(), nullptr, 0, std::move(data), &to, std::move(stop));
}

value_task<> udp_socket::send_to(const_buffer data, endpoint to, std::stop_token stop) {
  const void* const from = data.data() != nullptr ? data.data() : "";
  return net::send(state(), from, data.size(), {}, &to, std::move(stop));
}

value_task<> udp_socket::send(std::string data, std::stop_token stop) {
  return net::send(state(), nullptr, 0, std::move(data), nullptr, std::move(stop));
}

value_task<> udp_socket::send(const_buffer data, std::stop_token stop) {
  const void* const from = data.data() != nullptr ? data.data() : "";
  return net::send(state(), from, data.size(), {}, nullptr, std::move(stop));
}

value_task<datagram> udp_socket::receive_from(mutable_buffer into, std::stop_token stop) {
  return detail::exchange<datagram>(
      state(), io_op::receive_message, "weft::net::udp_socket::receive_from", {}, std::move(stop),
      [into](detail::message& m, const std::string&) {
        m.set_data(into.data(), into.size());
        m.want_peer();
      },
      [](detail::message& m, int n) {
        return datagram(static_cast<std::size_t>(n), detail::endpoint_from(m.peer),
                        m.is_truncated());
      });
}

void udp_socket::connect(const endpoint& peer) {
  const auto where = detail::to_system(address_of(peer), peer.port());
  if (::connect(weft::detail::target_of(state()).fd(), &where.any, where.size) != 0) {
    detail::throw_system(errno, "weft::net::udp_socket::connect: " + peer.to_string());
  }
}

void udp_socket::join(const address& group, const address& by) {
  change_group(state(), group, by, true, "join");
}

void udp_socket::leave(const address& group, const address& by) {
  change_group(state(), group, by, false, "leave");
}

void udp_socket::set_multicast(const address& by, int hops, bool loop) {
  constexpr const char* what = "set_multicast";
  if (local_endpoint().address()->is_v6()) {
    set_option(state(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops, what);
    set_option(state(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop ? 1 : 0, what);
    return;
  }
  ip_mreqn through{};
  through.imr_address = detail::to_system(by, 0).v4.sin_addr;
  set_option(state(), IPPROTO_IP, IP_MULTICAST_IF, through, what);
  set_option(state(), IPPROTO_IP, IP_MULTICAST_TTL, hops, what);
  set_option(state(), IPPROTO_IP, IP_MULTICAST_LOOP, loop ? 1 : 0, what);
}

void udp_socket::set_broadcast(bool on) {
  set_option(state(), SOL_SOCKET, SO_BROADCAST, on ? 1 : 0, "set_broadcast");
}

endpoint udp_socket::local_endpoint() const {
  return detail::local_endpoint_of(weft::detail::target_of(state()).fd());
}

}  // namespace weft::net
