#include "service.h"

#include <catch2/catch_test_macros.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace cache_server;

namespace {

std::string call(const std::string& method, const std::string& values = "") {
  return "<?xml version=\"1.0\"?>\n<methodCall><methodName>" + method +
         "</methodName><params>" + values + "</params></methodCall>";
}

std::string param(const std::string& value) {
  return "<param><value>" + value + "</value></param>";
}

/// One entry of a multicall, with a parameter or without.
std::string entry(const std::string& method, const std::string& parameter = "") {
  const std::string values =
      parameter.empty() ? "" : "<value>" + parameter + "</value>";
  return "<value><struct><member><name>methodName</name><value>" + method +
         "</value></member><member><name>params</name><value><array><data>" + values +
         "</data></array></value></member></struct></value>";
}

std::string multicall(const std::string& entries) {
  return call("system.multicall", param("<array><data>" + entries + "</data></array>"));
}

/// The strings in a body, a blank after each.
std::string names(std::string_view body) {
  const std::string_view begin = "<string>";
  std::string found;
  for (auto at = body.find(begin); at != body.npos; at = body.find(begin)) {
    body.remove_prefix(at + begin.size());
    found.append(body.substr(0, body.find('<'))).append(" ");
  }
  return found;
}

bool holds(const Reply& reply, const std::string& part) {
  return reply.body.find(part) != std::string::npos;
}

bool is_fault(const Reply& reply, int code) {
  return reply.status == 200 && reply.content_type == "text/xml" &&
         holds(reply, "<fault>") &&
         holds(reply, "<int>" + std::to_string(code) + "</int>");
}

}  // namespace

TEST_CASE("the session of supervisor_cache's README") {
  Service service("1.0");
  CHECK(holds(service.answer(call("cache.getKeys")), "<array><data>\n</data></array>"));
  const Reply stored = service.answer(call("cache.store", param("foo") + param("bar")));
  CHECK(stored.status == 200);
  CHECK(stored.content_type == "text/xml");
  CHECK(holds(stored, "<boolean>1</boolean>"));
  CHECK(holds(service.answer(call("cache.fetch", param("foo"))), "<string>bar</string>"));
  CHECK(holds(service.answer(call("cache.getKeys")), "<string>foo</string>"));
}

TEST_CASE("a fault is HTTP 200") {
  Service service("1.0");
  CHECK(is_fault(service.answer(call("cache.nope")), 1));
  CHECK(is_fault(service.answer(call("cache.getKeys", param("a"))), 2));
  CHECK(is_fault(service.answer(call("cache.fetch")), 2));
  CHECK(is_fault(service.answer(call("cache.fetch", param("a"))), 10));
}

TEST_CASE("a body that is no call is HTTP 400, with the place") {
  Service service("1.0");
  const Reply reply = service.answer("<methodCall>\n&nbsp;</methodCall>");
  CHECK(reply.status == 400);
  CHECK(reply.content_type == "text/plain; charset=utf-8");
  CHECK(reply.body ==
        "Bad Request: line 2: XML: undefined entity, in column 1\n");
}

TEST_CASE("a result that cannot be marshalled is HTTP 500, and the value stays") {
  Service service("1.1");
  for (const char* value : {"<nil/>", "<int>2147483648</int>", "<base64>YQBi</base64>",
                            "<array><data><value><nil/></value></data></array>"}) {
    CHECK(service.answer(call("cache.store", param("k") + param(value))).status == 200);
    CHECK(service.answer(call("cache.fetch", param("k"))).status == 500);
    CHECK(holds(service.answer(call("cache.getCount")), "<int>1</int>"));
  }
}

TEST_CASE("an unexpected exception is HTTP 500, and the next call is served") {
  Service service("1.0");
  for (Method& method : service.methods()) {
    if (method.name == "cache.getCount") {
      method.handler = [](const Params&) -> Value { throw std::logic_error("broken"); };
    }
  }
  CHECK(service.answer(call("cache.getCount")).status == 500);
  CHECK(service.answer(call("cache.getKeys")).status == 200);
}

TEST_CASE("a refused call leaves everything as it was") {
  Service service("1.0");
  service.answer(call("cache.store", param("a") + param("old")));
  for (const std::string& body :
       {call("cache.store", param("a") + param("<int>5</int>")),
        call("cache.store", param("") + param("new")), call("cache.store", param("a")),
        call("cache.store", param("a") + param("new") + param("x")),
        call("cache.store", param("a") + param("&nope;")),
        call("cache.store", param("a") + param("new")) + "junk",
        call("cache.store", param("a") + param("\xFF")), call("cache.clear", param("a")),
        call("cache.Clear"), call("cache.delete", param("<int>1</int>"))}) {
    CAPTURE(body);
    const Reply reply = service.answer(body);
    CHECK((reply.status == 400 || holds(reply, "<fault>")));
    CHECK(service.cache().items() == Cache::Items{{"a", "old"}});
  }
}

TEST_CASE("each spec has its own store") {
  Service strings("1.0");
  Service any("1.1");
  const std::string body = call("cache.store", param("a") + param("<int>5</int>"));
  CHECK(is_fault(strings.answer(body), 2));
  CHECK(holds(any.answer(body), "<boolean>1</boolean>"));
}

TEST_CASE("what is served, in both specs") {
  for (const char* spec : {"1.0", "1.1"}) {
    Service service(spec);
    CHECK(names(service.answer(call("system.listMethods")).body) ==
          "cache.clear cache.delete cache.fetch cache.getAPIVersion cache.getCount "
          "cache.getKeys cache.store supervisor.getAPIVersion "
          "supervisor.getAllConfigInfo supervisor.getAllProcessInfo "
          "supervisor.getIdentification supervisor.getPID supervisor.getState "
          "supervisor.getSupervisorVersion supervisor.getVersion supervisor.restart "
          "supervisor.shutdown system.listMethods system.methodHelp "
          "system.methodSignature system.multicall ");
  }
}

TEST_CASE("the help of a method says what it does, each parameter, and the result") {
  Service service("1.1");
  for (const Method& method : service.methods()) {
    CAPTURE(method.name, method.help);
    std::istringstream lines{std::string(method.help)};
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) found.push_back(line);
    REQUIRE(found.size() == 3 + arity(method.signature));
    CHECK(found[1].empty());
    CHECK(found.back().starts_with("Result: "));
    for (std::size_t at = 0; at < found.size(); ++at) {
      if (at != 1) CHECK(found[at].ends_with('.'));
      if (at > 1) CHECK(found[at].find(": ") != std::string::npos);
    }
  }
}

TEST_CASE("after a shutdown the cache and the supervisor refuse, system goes on") {
  Service service("1.1");
  service.answer(call("cache.store", param("a") + param("1")));
  SECTION("by call") {
    CHECK(holds(service.answer(call("supervisor.shutdown")), "<boolean>1</boolean>"));
    CHECK(service.supervisor().state == SupervisorState::SHUTDOWN);
  }
  SECTION("by whoever runs the service") {
    service.supervisor().state = SupervisorState::SHUTDOWN;
  }
  for (const std::string& refused :
       {call("cache.getAPIVersion"), call("cache.getKeys"), call("cache.clear"),
        call("cache.store", param("") + param("2")), call("cache.fetch", param("a")),
        call("supervisor.getState"), call("supervisor.shutdown"),
        call("supervisor.restart")}) {
    CAPTURE(refused);
    const Reply reply = service.answer(refused);
    CHECK(is_fault(reply, 6));
    CHECK(holds(reply, "<string>SHUTDOWN_STATE</string>"));
  }
  CHECK(service.cache().items().size() == 1);
  CHECK(is_fault(service.answer(call("cache.nope")), 1));
  CHECK(is_fault(service.answer(call("cache.store")), 2));
  CHECK(is_fault(service.answer(call("supervisor.getState", param("x"))), 2));
  CHECK(is_fault(service.answer(call("system.methodHelp", param("nope.x"))), 4));
  CHECK(holds(service.answer(call("system.listMethods")), "cache.store"));
  const Reply inner =
      service.answer(multicall(entry("cache.getCount") + entry("system.listMethods")));
  CHECK(holds(inner, "<string>SHUTDOWN_STATE</string>"));
  CHECK(holds(inner, "<string>cache.store</string>"));
}

TEST_CASE("before a restart only the supervisor refuses") {
  Service service("1.0");
  CHECK(holds(service.answer(call("supervisor.restart")), "<boolean>1</boolean>"));
  CHECK(service.supervisor().state == SupervisorState::RESTARTING);
  CHECK(is_fault(service.answer(call("supervisor.getState")), 6));
  CHECK(is_fault(service.answer(call("supervisor.shutdown")), 6));
  CHECK(holds(service.answer(call("cache.store", param("b") + param("2"))),
              "<boolean>1</boolean>"));
  CHECK(holds(service.answer(call("cache.fetch", param("b"))), "<string>2</string>"));
}

TEST_CASE("a shutdown in a multicall is true, and holds for the calls after it") {
  Service service("1.0");
  const Reply reply =
      service.answer(multicall(entry("supervisor.shutdown") + entry("cache.clear")));
  CHECK(holds(reply, "<boolean>1</boolean>"));
  CHECK(holds(reply, "<string>SHUTDOWN_STATE</string>"));
}

TEST_CASE("a multicall that is answered with HTTP 500 has happened") {
  Service service("1.1");
  service.answer(call("cache.store", param("n") + param("<nil/>")));
  service.answer(call("cache.store", param("a") + param("1")));
  SECTION("its results cannot be marshalled") {
    const std::string calls = entry("cache.delete", "a") + entry("cache.fetch", "n");
    CHECK(service.answer(multicall(calls)).status == 500);
  }
  SECTION("one of its entries is no struct") {
    const std::string calls = entry("cache.delete", "a") + "<value>x</value>";
    CHECK(service.answer(multicall(calls)).status == 500);
  }
  CHECK(service.cache().items() == Cache::Items{{"n", Nil()}});
}

TEST_CASE("the limit of the data is the service's") {
  Service service("1.0", {.max_data = 30'000});
  const std::string most(30'000 - 2 * kBytesPerValue - 1, 'x');
  const std::string more = most + "x";
  CHECK(is_fault(service.answer(call("cache.store", param("a") + param(more))), 30));
  CHECK(holds(service.answer(call("cache.store", param("a") + param(most))),
              "<boolean>1</boolean>"));
  const std::string fetch = entry("cache.fetch", "a");
  CHECK(!holds(service.answer(multicall(fetch)), "FAILED"));
  CHECK(holds(service.answer(multicall(fetch + fetch)), "FAILED: The results of one"));
}

TEST_CASE("a value of 8 MiB makes the round") {
  Service service("1.0");
  std::string value(std::size_t{8} << 20, 'x');
  value.replace(1000, 5, "&amp;");
  CHECK(holds(service.answer(call("cache.store", param("big") + param(value))),
              "<boolean>1</boolean>"));
  CHECK(holds(service.answer(call("cache.fetch", param("big"))),
              "<string>" + value + "</string>"));
}
