#include "connection.h"

#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "peer.h"

using namespace conformance;

namespace {

using namespace std::chrono_literals;
using Kind = ConnectionError::Kind;

/// Both ends of one connection.
struct Line {
  Peer peer;
  Connection connection{peer.endpoint, soon()};
  Line() { peer.accept(); }

  static Deadline soon() { return Clock::now() + 2s; }
};

Deadline soon() { return Line::soon(); }
Deadline at_once() { return Clock::now() + 50ms; }

/// The kind, message and received bytes of what `wait` throws.
template <class Wait>
std::tuple<Kind, std::string, std::string> error_of(Wait wait) {
  try {
    wait();
  } catch (const ConnectionError& error) {
    return {error.kind(), error.what(), error.received()};
  }
  return {Kind::unreachable, "nothing was thrown", ""};
}

std::tuple<Kind, std::string, std::string> error(Kind kind, const std::string& what,
                                                 const std::string& received = "") {
  return {kind, what, received};
}

const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

}  // namespace

TEST_CASE("An answer may come in pieces, and the connection is used again") {
  Line line;
  line.connection.send("GET", soon());
  std::thread pieces([&] {
    for (const char c : answer) line.peer.write({c}), std::this_thread::sleep_for(1ms);
  });
  const HttpAnswer got = line.connection.receive("POST", soon());
  pieces.join();
  CHECK(got.body == "abc");
  CHECK_FALSE(line.connection.is_spent());
  line.peer.write(answer);
  CHECK(line.connection.receive("POST", soon()).status == 200);
}

TEST_CASE("Two answers that come at once are taken one by one") {
  Line line;
  line.peer.write(answer + "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
  CHECK(line.connection.receive("POST", soon()).status == 200);
  CHECK(line.connection.receive("POST", soon()).status == 404);
}

TEST_CASE("No answer in time is a timeout, and spends the connection") {
  Line line;
  const auto start = Clock::now();
  CHECK(error_of([&] { line.connection.receive("POST", at_once()); }) ==
        error(Kind::timeout, "no answer in time"));
  CHECK(Clock::now() - start >= 50ms);
  CHECK(Clock::now() - start < 1s);
  CHECK(line.connection.is_spent());
}

TEST_CASE("A connection that is closed without an answer is told from one cut off") {
  Line silent;
  silent.peer.hang_up();
  CHECK(error_of([&] { silent.connection.receive("POST", soon()); }) ==
        error(Kind::closed, "the connection was closed without an answer"));
  CHECK(silent.connection.is_spent());

  Line cut;
  cut.peer.write("HTTP/1.1 20");
  cut.peer.hang_up();
  CHECK(error_of([&] { cut.connection.receive("POST", soon()); }) ==
        error(Kind::closed, "the connection was closed in the middle of the answer: "
                            "11 bytes came, and its head did not end", "HTTP/1.1 20"));
}

TEST_CASE("What is no HTTP is malformed") {
  Line line;
  line.peer.write("<html>");
  const auto [kind, message, received] =
      error_of([&] { line.connection.receive("POST", soon()); });
  CHECK(kind == Kind::malformed);
  CHECK(received == "<html>");
  CHECK(line.connection.is_spent());
}

TEST_CASE("Bytes that nobody asked for are reported by the next request") {
  Line line;
  line.peer.write(answer + "more");
  line.connection.receive("POST", soon());
  CHECK_FALSE(line.connection.is_spent());
  CHECK(error_of([&] { line.connection.send("GET", soon()); }) ==
        error(Kind::malformed, "the target has sent more than was asked for: \"more\"", "more"));
}

TEST_CASE("A connection is spent once the target closes it, or says that it will") {
  Line closing;
  closing.peer.write(answer);
  closing.connection.receive("POST", soon());
  CHECK_FALSE(closing.connection.is_spent());
  closing.peer.hang_up();
  CHECK_NOTHROW(closing.connection.expect_close(soon()));
  CHECK(closing.connection.is_spent());

  Line saying;
  saying.peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  saying.connection.receive("POST", soon());
  CHECK(saying.connection.is_spent());
}

TEST_CASE("Closing is waited for, and bytes are no closing") {
  Line open;
  CHECK(error_of([&] { open.connection.expect_close(at_once()); }) ==
        error(Kind::timeout, "the connection was not closed in time"));
  Line talking;
  talking.peer.write("x");
  CHECK(error_of([&] { talking.connection.expect_close(soon()); }) ==
        error(Kind::malformed, "bytes where the connection should have been closed: \"x\"", "x"));
}

TEST_CASE("A target that stops reading ends in a timeout") {
  Line line;
  const std::string much(64 << 20, 'x');
  CHECK(std::get<0>(error_of([&] { line.connection.send(much, Clock::now() + 200ms); })) ==
        Kind::timeout);
}

TEST_CASE("A target that answers and hangs up before it has read all is heard") {
  Line line;
  line.peer.write(answer);
  std::thread hang_up([&] {
    std::this_thread::sleep_for(50ms);
    line.peer.hang_up();
  });
  CHECK_NOTHROW(line.connection.send(std::string(64 << 20, 'x'), soon()));
  hang_up.join();
  CHECK(line.connection.receive("POST", soon()).body == "abc");
  CHECK(line.connection.is_spent());
}

TEST_CASE("A target that nobody listens at is unreachable") {
  Peer peer;
  peer.stop_listening();
  CHECK(error_of([&] { Connection(peer.endpoint, soon()); }) ==
        error(Kind::unreachable,
              "no connection to http://127.0.0.1:" + peer.endpoint.port + "/RPC2: Connection refused"));
  Endpoint gone;
  gone.unix_socket = "/nonexistent/socket";
  CHECK(error_of([&] { Connection(gone, soon()); }) ==
        error(Kind::unreachable,
              "no connection to unix:/nonexistent/socket: No such file or directory"));
  gone.unix_socket = std::string(200, 'x');
  CHECK(std::get<1>(error_of([&] { Connection(gone, soon()); })).ends_with(": File name too long"));
}
