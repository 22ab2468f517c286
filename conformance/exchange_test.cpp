#include "exchange.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

const Credentials secret{"me", "s3cret"};

Target target(std::optional<Credentials> credentials = {}) {
  return Target(Endpoint::from_url("http://h:1/p"), std::move(credentials));
}

}  // namespace

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

TEST_CASE("A password that the target says again is not shown in any form") {
  const Target asks = target(Credentials{"me", "a<\"&s3cret"});
  const std::string said[] = {"a<\"&s3cret", "a&lt;\"&amp;s3cret", "a<\\\"&s3cret", "me:a<\"&s3cret"};
  for (const std::string& text : said) {
    CAPTURE(text);
    CHECK(blotted("(" + text + ")", asks).find("s3cret") == std::string::npos);
    Exchange shown;
    show_outcome(shown, {{}, ConnectionError(ConnectionError::Kind::malformed, text, text), nullptr, {}}, asks);
    CHECK(shown.answer.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("A password that is part of any word is looked for behind its user only") {
  const Target asks = target(Credentials{"me", "key"});
  CHECK(blotted("no such key", asks) == "no such key");
  CHECK(blotted("you are me:key", asks) == "you are [not shown]");
  CHECK(asks.without_authorization("cache.key me:key") == "cache.key me:key");
}
