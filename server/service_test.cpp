#include "service.h"

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>
#include <string>

using namespace cache_server;

namespace {

std::string call(const std::string& method, const std::string& values = "") {
  return "<?xml version=\"1.0\"?>\n<methodCall><methodName>" + method +
         "</methodName><params>" + values + "</params></methodCall>";
}

std::string param(const std::string& value) {
  return "<param><value>" + value + "</value></param>";
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

TEST_CASE("the session of the seed README") {
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
        "Bad Request: line 2: not well-formed XML: undefined entity\n");
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

TEST_CASE("a value of 8 MiB makes the round") {
  Service service("1.0");
  std::string value(std::size_t{8} << 20, 'x');
  value.replace(1000, 5, "&amp;");
  CHECK(holds(service.answer(call("cache.store", param("big") + param(value))),
              "<boolean>1</boolean>"));
  CHECK(holds(service.answer(call("cache.fetch", param("big"))),
              "<string>" + value + "</string>"));
}
