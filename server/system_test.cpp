#include "system.h"

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>
#include <string>

#include "cache.h"
#include "fault.h"

using namespace cache_server;

namespace {

/// The methods of system and cache, as a Service binds them.
struct Fixture {
  Cache cache;
  std::vector<Method> methods;
  System system{methods, "1.1", 100'000};

  Fixture() {
    bind_rows(cache_rows(), cache, methods);
    bind_rows(system_rows(), system, methods);
  }

  Value call(const std::string& name, const Params& params = {}) {
    return call_method(methods, system.spec, name, params);
  }

  std::string fault(const std::string& name, const Params& params) {
    try {
      call(name, params);
      return "none";
    } catch (const Fault& fault) {
      return fault.what();
    }
  }

  /// The results of a multicall.
  Array multicall(const Array& entries) {
    return std::get<Array>(call("system.multicall", Params(1, Value(entries))));
  }

  /// The result of a multicall of one entry.
  Value one(const Struct& entry) {
    const Array results = multicall(Array(1, Value(entry)));
    REQUIRE(results.size() == 1);
    return results[0];
  }
};

Struct entry(const Value& method, const Value& params = Array()) {
  return {{"methodName", method}, {"params", params}};
}

Value refused(int code, const std::string& text) {
  return Struct{{"faultCode", code}, {"faultString", text}};
}

const Value kIncorrect = refused(2, "INCORRECT_PARAMETERS");
const Value kUnknown = refused(1, "UNKNOWN_METHOD");
const Value kNoName = refused(2, "INCORRECT_PARAMETERS: No methodName");
const Value kNoString = refused(30, "FAILED: methodName is not a string");
const Value kTooMuch = refused(
    30,
    "FAILED: The results of one system.multicall may take no more than the 100000 bytes "
    "(--max-data)");

}  // namespace

TEST_CASE_METHOD(Fixture, "listMethods: what is bound, each name once, sorted") {
  CHECK(call("system.listMethods") ==
        Value(Array{"cache.clear", "cache.delete", "cache.fetch", "cache.getAPIVersion",
                    "cache.getCount", "cache.getKeys", "cache.store",
                    "system.listMethods", "system.methodHelp", "system.methodSignature",
                    "system.multicall"}));
}

TEST_CASE_METHOD(Fixture, "listMethods follows an edit of the methods, and the spec") {
  methods = {methods.end() - 4, methods.end()};
  methods.push_back({"z.late", "1.1", "string", "Late.", {}});
  methods.push_back({"a.early", "1.0", "string", "Early.", {}});
  CHECK(std::get<Array>(call("system.listMethods")).front() == Value("a.early"));
  CHECK(std::get<Array>(call("system.listMethods")).back() == Value("z.late"));
  system.spec = "1.0";
  CHECK(std::get<Array>(call("system.listMethods")).size() == 5);
  CHECK(fault("system.methodHelp", {"z.late"}) == "SIGNATURE_UNSUPPORTED");
}

TEST_CASE_METHOD(Fixture, "methodHelp is the row's, of the spec") {
  for (const Method& method : methods) {
    if (method.name == "cache.store" && method.since != "1.1") continue;
    CHECK(call("system.methodHelp", {std::string(method.name)}) ==
          Value(std::string(method.help)));
  }
}

TEST_CASE_METHOD(Fixture, "methodSignature is flat: the result, then each parameter") {
  const auto signature = [&](const char* name) {
    return call("system.methodSignature", {name});
  };
  CHECK(signature("cache.clear") == Value(Array{"boolean"}));
  CHECK(signature("cache.delete") == Value(Array{"boolean", "string"}));
  CHECK(signature("cache.fetch") == Value(Array{"string", "string"}));
  CHECK(signature("cache.getAPIVersion") == Value(Array{"string"}));
  CHECK(signature("cache.getCount") == Value(Array{"integer"}));
  CHECK(signature("cache.getKeys") == Value(Array{"array"}));
  CHECK(signature("cache.store") == Value(Array{"boolean", "string", "string"}));
  CHECK(signature("system.methodHelp") == Value(Array{"string", "string"}));
  CHECK(signature("system.multicall") == Value(Array{"array", "array"}));
}

TEST_CASE_METHOD(Fixture, "of a name that is not served there is no help or signature") {
  for (const Value& name :
       {Value("nope.nope"), Value("cache"), Value("cache."), Value(""),
        Value("cache._update"), Value("cache.__init__"), Value("system._listMethods"),
        Value("Cache.store"), Value(5), Value(Nil()), Value(Array{"cache.store"})}) {
    CHECK(fault("system.methodHelp", {name}) == "SIGNATURE_UNSUPPORTED");
    CHECK(fault("system.methodSignature", {name}) == "SIGNATURE_UNSUPPORTED");
  }
}

TEST_CASE_METHOD(Fixture, "the methods about methods count their parameters, too") {
  for (const char* name : {"system.methodHelp", "system.methodSignature",
                           "system.multicall"}) {
    CHECK(fault(name, {}) == "INCORRECT_PARAMETERS");
    CHECK(fault(name, {Array(), Array()}) == "INCORRECT_PARAMETERS");
  }
  CHECK(fault("system.listMethods", {"x"}) == "INCORRECT_PARAMETERS");
}

TEST_CASE_METHOD(Fixture, "multicall: bare results, and a refusal does not end it") {
  CHECK(multicall({}) == Array());
  CHECK(multicall({entry("cache.store", Array{"a", "1"}),
                   entry("cache.fetch", Array{"nope"}), entry("cache.fetch", Array{"a"}),
                   entry("cache.getKeys"), entry("cache.getCount")}) ==
        Array{true, refused(10, "BAD_NAME"), "1", Array{"a"}, 1});
}

TEST_CASE_METHOD(Fixture, "multicall: each entry is refused as the call itself is") {
  CHECK(one(entry("cache._update", Array{"x"})) == kUnknown);
  CHECK(one(entry("")) == kUnknown);
  CHECK(one(entry("cache.store", Array{"a"})) == kIncorrect);
  CHECK(one(entry("cache.getKeys", Array{"x"})) == kIncorrect);
  CHECK(one(entry("cache.store", Array{5, "x"})) ==
        refused(10, "BAD_NAME: Cache key must be a non-empty string"));
  CHECK(one(entry("system.methodHelp", Array{"x"})) ==
        refused(4, "SIGNATURE_UNSUPPORTED"));
}

TEST_CASE_METHOD(Fixture, "multicall: none in another, whatever its params") {
  const Value recursive =
      refused(2, "INCORRECT_PARAMETERS: Recursive system.multicall forbidden");
  for (const Value& params : {Value(Array()), Value(Array{1, 2}), Value(5)}) {
    CHECK(multicall({entry("cache.getCount"), entry("system.multicall", params),
                     entry("cache.getCount")}) == Array{0, recursive, 0});
  }
}

TEST_CASE_METHOD(Fixture, "multicall: an entry's methodName") {
  CHECK(one({}) == kNoName);
  CHECK(one({{"params", Array()}}) == kNoName);
  CHECK(one(entry(Nil())) == kNoName);
  for (const Value& name : {Value(5), Value(true), Value(1.5), Value(Array{"a.b"}),
                            Value(Struct()), Value(DateTime{"20200101T00:00:00"})}) {
    CHECK(one(entry(name)) == kNoString);
  }
}

TEST_CASE_METHOD(Fixture, "multicall: an entry without params, or with more members") {
  CHECK(one({{"methodName", "cache.getCount"}}) == Value(0));
  CHECK(one({{"id", 7}, {"params", Array()}, {"methodName", "cache.getCount"}}) ==
        Value(0));
}

TEST_CASE_METHOD(Fixture, "multicall: of params that are a string each character") {
  CHECK(one(entry("cache.store", "ab")) == Value(true));
  CHECK(one(entry("cache.store", "\xC3\xA9\xF0\x9F\x98\x80")) == Value(true));
  CHECK(cache.items() == Cache::Items{{"a", "b"}, {"\xC3\xA9", "\xF0\x9F\x98\x80"}});
  CHECK(one(entry("cache.getCount", "")) == Value(2));
  CHECK(one(entry("cache.store", "a")) == kIncorrect);
  CHECK(one(entry("cache.store", std::string(100'000, 'a'))) == kIncorrect);
}

TEST_CASE_METHOD(Fixture, "multicall: of params that are a struct each name") {
  CHECK(one(entry("cache.store", Struct{{"k1", "x"}, {"k2", "y"}})) == Value(true));
  CHECK(cache.items() == Cache::Items{{"k1", "k2"}});
}

TEST_CASE_METHOD(Fixture, "multicall: params that are neither are a wrong number") {
  for (const Value& params : {Value(5), Value(Nil()), Value(true), Value(1.5),
                              Value(DateTime{"20200101T00:00:00"})}) {
    CHECK(one(entry("cache.getCount", params)) == kIncorrect);
    CHECK(one(entry("cache.nope", params)) == kUnknown);
  }
}

TEST_CASE_METHOD(Fixture, "multicall: an entry that is no struct ends it, undoes none") {
  for (const Value& stray : {Value("cache.getCount"), Value(5), Value(Nil())}) {
    cache.clear();
    CHECK_THROWS_AS(
        multicall({entry("cache.store", Array{"z", "1"}), stray, entry("cache.clear")}),
        std::runtime_error);
    CHECK(cache.items() == Cache::Items{{"z", "1"}});
  }
}

TEST_CASE_METHOD(Fixture, "multicall: an argument that is no array") {
  CHECK(call("system.multicall", {""}) == Value(Array()));
  CHECK_THROWS_AS(call("system.multicall", {"abc"}), std::runtime_error);
  for (const Value& calls : {Value(Nil()), Value(5), Value(Struct())}) {
    CHECK(fault("system.multicall", {calls}) == "INCORRECT_PARAMETERS");
  }
}

TEST_CASE_METHOD(Fixture, "multicall: an unexpected exception is that entry's fault") {
  methods.push_back({"a.b", "1.0", "string", "Breaks.", [](const Params&) -> Value {
                       throw std::logic_error("broken");
                     }});
  CHECK(multicall({entry("a.b"), entry("cache.getCount")}) ==
        Array{refused(30, "FAILED: broken"), 0});
}

TEST_CASE_METHOD(Fixture, "multicall: results count beyond the overhead of each") {
  cache.store("full", std::string(100'000, 'x'));
  cache.store("half", std::string(50'000, 'x'));
  cache.store("more", std::string(50'001, 'x'));
  const auto fetch = [](const char* key) { return entry("cache.fetch", Array{key}); };
  CHECK(one(fetch("full")) == cache.items().at("full"));
  CHECK(multicall({fetch("half"), fetch("half"), entry("cache.getCount")}) ==
        Array{cache.items().at("half"), cache.items().at("half"), 3});
  CHECK(multicall({fetch("half"), fetch("more")}) ==
        Array{cache.items().at("half"), kTooMuch});
}

TEST_CASE_METHOD(Fixture, "multicall: a call after too large a result is not made") {
  cache.store("big", std::string(100'001, 'x'));
  CHECK(multicall({entry("cache.store", Array{"a", "1"}),
                   entry("cache.fetch", Array{"big"}), entry("cache.clear"),
                   entry("cache.getCount")}) ==
        Array{true, kTooMuch, kTooMuch, kTooMuch});
  CHECK(cache.items().size() == 2);
}

TEST_CASE_METHOD(Fixture, "multicall: more entries than there is room for faults") {
  const Array many(1000, Value(entry("cache.clear")));
  cache.store("a", "1");
  CHECK(fault("system.multicall", Params(1, Value(many))).starts_with("FAILED: The results of one"));
  CHECK(cache.items().size() == 1);
}
