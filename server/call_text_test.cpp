#include "call_text.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cache_server;

TEST_CASE("a call is written as one would write it") {
  CHECK(text_of(Call{"cache.store", {"key", "value"}}) ==
        R"(cache.store("key", "value"))");
  CHECK(text_of(Call{"cache.clear", {}}) == "cache.clear()");
  CHECK(text_of(Call{"a.b",
                     {true, std::int64_t{-5}, 1.5, Nil(), DateTime{"20260102T03:04:05"},
                      Array{std::int64_t{1}, Array{}}, Struct{{"n", false}}}}) ==
        R"(a.b(true, -5, 1.5, nil, 20260102T03:04:05, [1, []], {"n": false}))");
}

TEST_CASE("nothing in it breaks the line or the terminal") {
  CHECK(text_of(Value("a\"b\\c\nd\re\tf\x1b[0m\x7f")) ==
        R"("a\"b\\c\nd\re\tf\x1b[0m\x7f")");
  CHECK(text_of(Call{"x\ny", {}}) == "x\\ny()");
  // U+009B begins a command as ESC [ does; U+0085 ends a line.
  CHECK(text_of(Value("a\xC2\x9B" "31m\xC2\x85")) == R"("a\u009b31m\u0085")");
  CHECK(text_of(Value("gr\u00fc\u00df")) == "\"gr\u00fc\u00df\"");
}

TEST_CASE("any bytes can be printed") {
  CHECK(printable("POST /RPC2") == "POST /RPC2");
  CHECK(printable("/\xC2\x9B" "31m\xC2") == "/\\u009b31m\xC2");
  CHECK(printable("\xC2" "A\xFF") == "\xC2" "A\xFF");
  CHECK(printable("GET /" + std::string(1000, 'x')).size() < 90);
}

TEST_CASE("long things are cut") {
  CHECK(text_of(Value(std::string(1000, 'x'))) ==
        "\"" + std::string(60, 'x') + "…(1000 bytes)\"");
  // Not in the middle of a character.
  CHECK(text_of(Value(std::string(59, 'x') + "\u00fcabc")) ==
        "\"" + std::string(59, 'x') + "…(64 bytes)\"");
  CHECK(text_of(Value(Array(100000, Value(true)))).size() < 250);
  Value deep = Array{};
  for (int i = 0; i < 500; ++i) deep = Array{std::move(deep)};
  CHECK(text_of(deep).size() < 1200);
}
