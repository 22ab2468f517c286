#include "exchange.h"

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

}  // namespace

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

TEST_CASE("What is shown has no password and steers no terminal") {
  Step step;
  step.action = CallStep{"m", Json::array({"a", 1})};
  const Target asks = target(secret);
  const Exchange shown =
      start_exchange(step, asks.frame({"POST", "/p", {}, "\x1b[2J\xff"}, As::user), asks);
  CHECK(shown.step == "m(\"a\",1)");
  CHECK(shown.request.find("Authorization: Basic [not shown]\n") != std::string::npos);
  CHECK(shown.request.find("bWU6czNjcmV0") == std::string::npos);
  CHECK(shown.request.ends_with("\\x1b[2J\xef\xbf\xbd"));
  CHECK(start_exchange(step, "a\x7f\xc2\x9b" "b", asks).request.find('\x7f') == std::string::npos);
  CHECK(blotted("printf 'Authorization: Basic bWU6czNjcmV0\\r'", asks) ==
        "printf 'Authorization: Basic [not shown]\\r'");
  CHECK(start_exchange(step, std::string(5000, 'x'), asks).request.ends_with("[… 5000 bytes in all]"));
}

TEST_CASE("Wrong credentials are not the right ones") {
  const Target asks = target(secret);
  CHECK(asks.authorization(As::nobody) == "");
  CHECK(asks.authorization(As::wrong) != asks.authorization(As::user));
  CHECK(asks.authorization(As::wrong).starts_with("Basic "));
}
