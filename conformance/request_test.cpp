#include "request.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

const Names names{{0x1a2b3c4d}, "c"};
const Credentials secret{"me", "s3cret"};

Target target(std::optional<Credentials> credentials = {}) {
  return Target(Endpoint::from_url("http://h:1/p"), std::move(credentials));
}

std::vector<std::string> filled(std::vector<std::string> pieces) {
  fill_pieces(pieces, target(), names);
  return pieces;
}

template <class Action>
Request request(Action action, As as = As::user) {
  Step step;
  step.action = action;
  step.as = as;
  return request_of(step, target(secret), names).value();
}

}  // namespace

TEST_CASE("A call is posted to the target's path") {
  const Request sent = request(CallStep{"m", Json::array({{{"$key", "a"}}})});
  CHECK(sent.method == "POST");
  CHECK(sent.pieces.size() == 1);
  CHECK(sent.bytes().starts_with("POST /p HTTP/1.1\r\nHost: h:1\r\nAuthorization: Basic bWU6czNjcmV0\r\n"));
  CHECK(sent.bytes().find("<string>kit-1a2b3c4d.c.a</string>") != std::string::npos);
  CHECK(sent.framed->path == "/p");
  CHECK(request(CallStep{"m"}, As::nobody).bytes().find("Authorization") == std::string::npos);
}

TEST_CASE("A post is filled in and framed") {
  const Request sent = request(PostStep{"PUT", "{path}/x", {{"A", "{host}"}}, "{key:b}"});
  CHECK(sent.method == "PUT");
  CHECK(sent.bytes().starts_with("PUT /p/x HTTP/1.1\r\n"));
  CHECK(sent.bytes().find("Content-Length: 16\r\nA: h:1\r\n\r\nkit-1a2b3c4d.c.b") != std::string::npos);
}

TEST_CASE("A send is its bytes, piece by piece") {
  const Request sent = request(SendStep{{"HEAD {path} ", {{"$hex", "00ff"}}}});
  CHECK(sent.method == "HEAD");
  CHECK(sent.pieces == std::vector<std::string>{"HEAD /p ", std::string("\0\xff", 2)});
  CHECK(sent.bytes() == sent.pieces[0] + sent.pieces[1]);
  CHECK_FALSE(sent.framed);
}

TEST_CASE("A restart and a wait send nothing") {
  Step step;
  step.action = WaitStep{1};
  CHECK_FALSE(request_of(step, target(), names));
  step.action = RestartStep{};
  CHECK_FALSE(request_of(step, target(), names));
}

TEST_CASE("Placeholders are filled in, and other braces stay") {
  CHECK(fill("{path} {host} {key:a} {x} { {key:b", target(), names) ==
        "/p h:1 kit-1a2b3c4d.c.a {x} { {key:b");
  CHECK(fill("a{authorization}b", target(), names) == "ab");
  CHECK(fill("{authorization}", target(secret), names) == "Authorization: Basic bWU6czNjcmV0\r\n");
}

TEST_CASE("The length is that of the body behind the head") {
  CHECK(filled({"{length}\r\n\r\nabc"}) == std::vector<std::string>{"3\r\n\r\nabc"});
  CHECK(filled({"{length}\r\n\r\n", "ab", "c"}).front() == "3\r\n\r\n");
  CHECK(filled({"{length}\r\n\r\nab", "{length}\r\n\r\nc"}) ==
        std::vector<std::string>{"2\r\n\r\nab", "1\r\n\r\nc"});
  CHECK(filled({"{length}\r\n", "\r\n{key:a}"}).back() == "\r\nkit-1a2b3c4d.c.a");
}
