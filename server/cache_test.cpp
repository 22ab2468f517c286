#include "cache.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "fault.h"

using namespace cache_server;

namespace {

struct Fixture {
  Cache cache;
  std::vector<Method> methods;

  Fixture() { bind_rows(cache_rows(), cache, methods); }

  Value call(const std::string& name, const Params& params = {},
             const std::string& spec = "1.1") {
    return call_method(methods, spec, name, params);
  }

  std::string fault(const std::string& name, const Params& params,
                    const std::string& spec = "1.1") {
    try {
      call(name, params, spec);
      return "none";
    } catch (const Fault& fault) {
      return fault.what();
    }
  }
};

const std::string kBadKey = "BAD_NAME: Cache key must be a non-empty string";

}  // namespace

TEST_CASE_METHOD(Fixture, "what is stored is fetched, counted and listed") {
  CHECK(call("cache.getKeys") == Value(Array{}));
  CHECK(call("cache.store", {"foo", "bar"}) == Value(true));
  CHECK(call("cache.fetch", {"foo"}) == Value("bar"));
  CHECK(call("cache.getKeys") == Value(Array{"foo"}));
  CHECK(call("cache.getCount") == Value(1));
  CHECK(call("cache.store", {"foo", ""}) == Value(true));
  CHECK(call("cache.fetch", {"foo"}) == Value(""));
  CHECK(call("cache.getCount") == Value(1));
}

TEST_CASE_METHOD(Fixture, "delete takes out one key, clear all") {
  call("cache.store", {"a", "1"});
  call("cache.store", {"b", "2"});
  CHECK(call("cache.delete", {"a"}) == Value(true));
  CHECK(call("cache.delete", {"a"}) == Value(true));
  CHECK(call("cache.getKeys") == Value(Array{"b"}));
  CHECK(call("cache.clear") == Value(true));
  CHECK(call("cache.getCount") == Value(0));
}

TEST_CASE_METHOD(Fixture, "fetch of a missing key is refused") {
  CHECK(fault("cache.fetch", {"a"}) == "BAD_NAME");
}

TEST_CASE_METHOD(Fixture, "a key must be a string that is not empty") {
  call("cache.store", {"a", "old"});
  for (const Value& key : {Value(""), Value(5), Value(true), Value(1.5), Value(Nil()),
                           Value(DateTime{"20200101T00:00:00"}), Value(Array{"a"}),
                           Value(Struct{{"a", "a"}})}) {
    CHECK(fault("cache.store", {key, "new"}, "1.0") == kBadKey);
    CHECK(fault("cache.store", {key, 5}, "1.0") == kBadKey);
    CHECK(fault("cache.store", {key, "new"}) == kBadKey);
    CHECK(fault("cache.fetch", {key}) == kBadKey);
    CHECK(fault("cache.delete", {key}) == kBadKey);
  }
  CHECK(cache.items() == Cache::Items{{"a", "old"}});
}

TEST_CASE_METHOD(Fixture, "keys are kept exactly") {
  for (const char* key : {" ", "\n", "a", "A", "\xC3\xA9", "e\xCC\x81"}) {
    call("cache.store", {key, key});
  }
  CHECK(call("cache.getCount") == Value(6));
  CHECK(call("cache.fetch", {"e\xCC\x81"}) == Value("e\xCC\x81"));
}

TEST_CASE_METHOD(Fixture, "getKeys is in order of code points") {
  const Array keys = {" ", "-", "10", "9", "Z", "a", "aa", "\xC3\xA9", "\xEE\x80\x80",
                      "\xEF\xBF\xBD", "\xF0\x9F\x98\x80"};
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    call("cache.store", {*key, "v"});
  }
  CHECK(call("cache.getKeys") == Value(keys));
}

TEST_CASE_METHOD(Fixture, "1.0 takes strings only, and an older value stays") {
  const std::string refused = "INCORRECT_PARAMETERS: Cache data must be a string";
  call("cache.store", {"a", "old"}, "1.0");
  for (const Value& data :
       {Value(5), Value(true), Value(1.5), Value(Nil()), Value(Array{}), Value(Struct{}),
        Value(DateTime{"20200101T00:00:00"})}) {
    CHECK(fault("cache.store", {"a", data}, "1.0") == refused);
    CHECK(fault("cache.store", {"b", data}, "1.0") == refused);
    CHECK(cache.items() == Cache::Items{{"a", "old"}});
  }
}

TEST_CASE_METHOD(Fixture, "1.1 takes any type") {
  for (const Value& data :
       {Value(5), Value(true), Value(1.5), Value(Nil()), Value(Array{1, Array{}}),
        Value(Struct{{"b", 1}, {"a", 2}}), Value(DateTime{"20200101T00:00:00"})}) {
    CHECK(call("cache.store", {"a", data}) == Value(true));
    CHECK(call("cache.fetch", {"a"}) == data);
  }
}

TEST_CASE_METHOD(Fixture, "the API version is 0.2 in both specs") {
  CHECK(call("cache.getAPIVersion", {}, "1.0") == Value("0.2"));
  CHECK(call("cache.getAPIVersion", {}, "1.1") == Value("0.2"));
}

TEST_CASE("the limit holds for keys and values together") {
  const std::size_t overhead = 2 * kBytesPerValue;
  Cache cache(2 * overhead + 10);
  cache.store("a", "1234");
  CHECK(cache.bytes() == overhead + 5);
  CHECK_THROWS_AS(cache.store("b", "12345"), Fault);
  CHECK_THROWS_AS(cache.store("bc", "1234"), Fault);
  CHECK(cache.items() == Cache::Items{{"a", "1234"}});
  CHECK(cache.bytes() == overhead + 5);
  cache.store("b", "1234");
  CHECK(cache.bytes() == 2 * overhead + 10);
  CHECK_THROWS_AS(cache.store("", ""), Fault);
}

TEST_CASE("what is overwritten, deleted or cleared gives its bytes back") {
  const std::size_t overhead = 2 * kBytesPerValue;
  Cache cache(overhead + 10);
  cache.store("a", "123456789");
  CHECK_THROWS_AS(cache.store("a", "1234567890"), Fault);
  CHECK(cache.items() == Cache::Items{{"a", "123456789"}});
  cache.store("a", "1");
  CHECK(cache.bytes() == overhead + 2);
  cache.store("a", "987654321");
  cache.erase("b");
  CHECK(cache.bytes() == overhead + 10);
  cache.erase("a");
  CHECK(cache.bytes() == 0);
  cache.store("b", "123456789");
  cache.clear();
  CHECK(cache.bytes() == 0);
  cache.store("c", "123456789");
}

TEST_CASE("what is overwritten gives its memory back") {
  Cache cache;
  const auto& items = cache.items();
  for (const char* text : {"short", "longer than what a string holds without an allocation"}) {
    cache.store("a", std::string(std::size_t{1} << 20, 'x'));
    cache.store("a", text);
    CHECK(std::get<std::string>(items.at("a")).capacity() < 100);
  }
  cache.store("a", Array(1000, Value(5)));
  cache.store("a", Array(1, Value(5)));
  CHECK(std::get<Array>(items.at("a")).capacity() < 100);
}

TEST_CASE("values of every type count") {
  Cache cache(1000);
  CHECK_THROWS_AS(cache.store("a", Array(20, Value(5))), Fault);
  CHECK_THROWS_AS(cache.store("a", Struct{{std::string(1000, 'x'), 1}}), Fault);
  cache.store("a", Array(10, Value(5)));
  CHECK(cache.bytes() == 12 * kBytesPerValue + 1);
}

TEST_CASE("a store beyond the limit is refused after bad keys and bad data") {
  Cache cache(100);
  std::vector<Method> methods;
  bind_rows(cache_rows(), cache, methods);
  const auto refusal = [&](const Params& params) -> std::string {
    try {
      call_method(methods, "1.0", "cache.store", params);
      return "none";
    } catch (const Fault& fault) {
      return fault.what();
    }
  };
  CHECK(refusal({"", "x"}) == kBadKey);
  CHECK(refusal({"a", 5}) == "INCORRECT_PARAMETERS: Cache data must be a string");
  CHECK(refusal({"a", "x"}) ==
        "FAILED: The cache may take no more than the 100 bytes of --max-data");
}
