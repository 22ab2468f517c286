/// The other end of a Connection, for unit tests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "endpoint.h"

namespace conformance {

/// Listens on a free port of the loopback, and is the other end by hand.
class Peer {
 public:
  Peer() {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 1) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    endpoint.host = "127.0.0.1";
    endpoint.port = std::to_string(ntohs(address.sin_port));
  }
  ~Peer() {
    hang_up();
    stop_listening();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void accept() { REQUIRE((stream_ = ::accept(listener_, nullptr, nullptr)) >= 0); }
  void write(const std::string& bytes) const {
    CHECK(::send(stream_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
  }
  void hang_up() {
    if (stream_ >= 0) close(stream_);
    stream_ = -1;
  }
  void stop_listening() {
    if (listener_ >= 0) close(listener_);
    listener_ = -1;
  }

  Endpoint endpoint;

 private:
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int stream_ = -1;
};

}  // namespace conformance
