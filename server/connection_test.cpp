#include "connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstddef>
#include <iterator>
#include <string>

using namespace cache_server;

namespace {

std::array<int, 2> socket_pair() {
  std::array<int, 2> both{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both.data()) == 0);
  return both;
}

/// A connection with its client, a descriptor.
struct Pair {
  const std::array<int, 2> descriptors = socket_pair();
  const int client = descriptors[1];
  Connection connection{descriptors[0], 1, 1000};
  bool is_open = true;

  ~Pair() { close_client(); }

  void close_client() {
    if (is_open) ::close(client);
    is_open = false;
  }
};

}  // namespace

TEST_CASE("a connection with nothing to read is not broken, and has not ended") {
  Pair pair;
  CHECK(pair.connection.read());
  CHECK_FALSE(pair.connection.client_has_ended());
  CHECK(pair.connection.framing.progress() == Framing::Progress::nothing);
}

TEST_CASE("a connection reads what has come, and that the client has ended") {
  Pair pair;
  const std::string head = "GET / HTTP/1.1\r\n\r\n";
  REQUIRE(::write(pair.client, head.data(), head.size()) == std::ssize(head));
  CHECK(pair.connection.read());
  CHECK(pair.connection.framing.progress() == Framing::Progress::complete);
  CHECK_FALSE(pair.connection.client_has_ended());
  pair.close_client();
  CHECK(pair.connection.read());
  CHECK(pair.connection.client_has_ended());
}

TEST_CASE("a connection sends as far as the socket takes it") {
  Pair pair;
  pair.connection.send(std::string(std::size_t{8} << 20, 'x'));
  std::size_t before = 0;
  do {
    before = pair.connection.unsent();
    CHECK(pair.connection.write());
  } while (pair.connection.unsent() < before);
  CHECK(before > 0);
  std::string taken(std::size_t{1} << 20, ' ');
  CHECK(::read(pair.client, taken.data(), taken.size()) > 0);
  CHECK(pair.connection.write());
  CHECK(pair.connection.unsent() < before);
}

TEST_CASE("a connection whose client has gone without its answer is broken") {
  Pair pair;
  pair.connection.send("x");
  CHECK(pair.connection.write());
  pair.close_client();
  CHECK_FALSE(pair.connection.read());
  pair.connection.send("x");
  CHECK_FALSE(pair.connection.write());
}
