#include "print_calls.h"

#include <catch2/catch_test_macros.hpp>
#include <sstream>

using namespace conformance;

namespace {

std::string printed(const Plan& plan) {
  std::ostringstream out;
  print_calls(out, plan);
  return out.str();
}

/// A case that stores, waits and restarts.
Case a_case(std::set<Need> needs) {
  Case given;
  given.id = "c";
  given.place = {"f.json", 3, 1};
  given.needs = std::move(needs);
  Step store, wait, restart, send;
  store.action = CallStep{"cache.store", Json::parse(R"([{"$key": "a"}, "v"])")};
  store.on = "b";
  store.as = As::nobody;
  wait.action = WaitStep{2};
  restart.action = RestartStep{};
  send.action = SendStep{{"GET {path}\r\n\n", {{"$hex", "1bff"}}}};
  given.steps = {store, wait, restart, send};
  return given;
}

bool holds(const std::string& text, const std::string& part) {
  CAPTURE(text, part);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("All that a case sends is printed, in order, and what is sent around it") {
  const Target target(Endpoint::from_url("http://h:1"), Credentials{"me", "s3cret"});
  const Case given = a_case({Need::exclusive, Need::restart});
  const std::string text = printed({target, false, true, "1.0", {0x1a2b3c4d},
                                    {Need::exclusive, Need::restart}, {&given}});
  std::size_t at = 0;
  for (const char* part : {
           "target    http://h:1/RPC2\n", "spec      1.0\n", "begin kit-1a2b3c4d.", "allowed   exclusive restart",
           "before the first case", "cache.getAPIVersion(), until it is answered", "Authorization: Basic [not shown]\\r\n",
           "cache.getKeys(), to see", "c  (f.json:3)\n  needs exclusive restart\n", "cache.getKeys(), a target that holds",
           "1. cache.store({\"$key\":\"a\"},\"v\"), on the connection b, without credentials\n     | POST",
           "<string>kit-1a2b3c4d.c.a</string>", "2. wait 2 s", "3. end the target and start it again",
           "4. bytes as they are\n     | GET /RPC2\\r\n     | \n     5 ms later\n     | \\x1b\xef\xbf\xbd\n",
           "cache.delete(\"kit-1a2b3c4d.c.a\"), to clean up"}) {
    CAPTURE(text, part);
    at = text.find(part, at);
    REQUIRE(at != std::string::npos);
  }
  CHECK_FALSE(holds(text, "after the last case"));
  CHECK_FALSE(holds(text, "bWU6"));
}

TEST_CASE("A case that would be left out sends nothing") {
  const Target target(Endpoint::from_url("http://h:1"), {});
  const Case slow = a_case({Need::slow}), restart = a_case({Need::restart});
  const std::string text =
      printed({target, true, false, "auto", {0x1a2b3c4d}, {Need::restart}, {&slow, &restart}});
  CHECK(holds(text, "which stands for the one that a run is aimed at"));
  CHECK(holds(text, "left out, nothing is sent: needs slow"));
  CHECK(holds(text, "left out, nothing is sent: restarts the target"));
  CHECK_FALSE(holds(text, "c.a"));
  CHECK(holds(text, "to find the spec"));
  CHECK(holds(text, "cache.delete(\"kit-1a2b3c4d.spec.int\")"));
  CHECK(holds(text, "after the last case"));
}

TEST_CASE("Around the cases of another namespace nothing is sent that speaks of a cache") {
  const Target target(Endpoint::from_url("http://h:1"), {});
  Case given = a_case({Need::exclusive});
  given.steps.resize(1);
  given.steps[0].action = CallStep{"counter.add", Json::parse(R"([{"$key": "a"}])")};
  for (const bool spawned : {false, true}) {
    const std::string text = printed(
        {target, false, spawned, "1.1", {0x1a2b3c4d}, {Need::exclusive}, {&given}, "counter"});
    CHECK(holds(text, "counter.getAPIVersion(), until it is answered") == spawned);
    CHECK(holds(text, "counter.getAPIVersion(), to see whether there is a namespace counter"));
    CHECK(holds(text, "system.listMethods(), to see"));
    CHECK(holds(text, "1. counter.add({\"$key\":\"a\"})"));
    CHECK_FALSE(holds(text, "cache"));
    CHECK_FALSE(holds(text, "after the last case"));
  }
}
