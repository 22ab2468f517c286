#include "socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <cstring>
#include <string>

using namespace cache_server;

namespace {

/// What the system hands over for a peer: no socket is needed, and no IPv6.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  Address(const std::string& host, std::uint16_t port) {
    if (host.find(':') == std::string::npos) {
      sockaddr_in inet{};
      inet.sin_family = AF_INET;
      inet.sin_port = htons(port);
      REQUIRE(::inet_pton(AF_INET, host.c_str(), &inet.sin_addr) == 1);
      take(inet);
    } else {
      sockaddr_in6 inet{};
      inet.sin6_family = AF_INET6;
      inet.sin6_port = htons(port);
      REQUIRE(::inet_pton(AF_INET6, host.c_str(), &inet.sin6_addr) == 1);
      take(inet);
    }
  }

  template <class T>
  void take(const T& address) {
    length = sizeof address;
    std::memcpy(&storage, &address, sizeof address);
  }

  std::string text() const { return text_of(storage, length); }
  bool is_loopback() const { return cache_server::is_loopback(storage); }
};

}  // namespace

TEST_CASE("an address is written as in a URL") {
  CHECK(Address("127.0.0.1", 9001).text() == "127.0.0.1:9001");
  CHECK(Address("0.0.0.0", 80).text() == "0.0.0.0:80");
  CHECK(Address("::1", 9001).text() == "[::1]:9001");
  CHECK(Address("2001:db8::2", 65535).text() == "[2001:db8::2]:65535");
  sockaddr_storage unix_socket{};
  unix_socket.ss_family = AF_UNIX;
  CHECK(text_of(unix_socket, sizeof(sockaddr_un)) == "unix");
}

TEST_CASE("an address that only this machine can reach") {
  CHECK(Address("127.0.0.1", 1).is_loopback());
  CHECK(Address("127.255.0.9", 1).is_loopback());
  CHECK(Address("::1", 1).is_loopback());
  CHECK_FALSE(Address("126.0.0.1", 1).is_loopback());
  CHECK_FALSE(Address("128.0.0.1", 1).is_loopback());
  CHECK_FALSE(Address("0.0.0.0", 1).is_loopback());
  CHECK_FALSE(Address("::", 1).is_loopback());
  CHECK_FALSE(Address("2001:db8::2", 1).is_loopback());
  sockaddr_storage unix_socket{};
  unix_socket.ss_family = AF_UNIX;
  CHECK(is_loopback(unix_socket));
}
