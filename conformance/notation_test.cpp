#include "notation.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

const Names names{{0x1a2b3c4d}, "case"};

/// The message that a value is refused with, without the place's file; empty
/// if it is accepted.
std::string refusal(const char* text, Matchers matchers = Matchers::forbidden) {
  const Document document("f", text);
  try {
    check_notation(document.root(), matchers);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

Json expanded(const char* text) { return expand(Json::parse(text), names); }

}  // namespace

TEST_CASE("Values that the notation knows") {
  for (const char* text :
       {"1", "-2147483648", "true", R"("")", "[]", "{}", R"({"a": [{"b": 1}]})",
        R"({"$key": "a"})", R"({"$double": "-0.0"})", R"({"$double": "nan"})",
        R"({"$dateTime": "19980717T14:08:55"})", R"({"$base64": "AP8="})", R"({"$nil": true})",
        R"({"$i8": "-5000000000"})", R"({"$struct": [["$a", 1], ["$a", {"$nil": true}]]})",
        R"({"$improbable": "int"})", R"({"$repeat": ["ab", 3]})",
        R"({"$concat": ["a", {"$key": "b"}, {"$hex": "ff"}]})"}) {
    CAPTURE(text);
    CHECK(refusal(text) == "");
  }
}

TEST_CASE("Values that it does not know are refused with their place") {
  CHECK(refusal("1.0") == "f:1:1: a number with a fraction, an exponent or too many digits; write "
                          "{\"$double\": \"1.0\"} or {\"$i8\": …}");
  CHECK(refusal("[1,\n 2147483648]") == "f:2:2: expected an integer of 32 bits, found 2147483648");
  CHECK(refusal("18446744073709551615") ==
        "f:1:1: expected an integer of 32 bits, found 18446744073709551615");
  CHECK(refusal("null") == "f:1:1: null is not a value of XML-RPC; write {\"$nil\": true}");
  CHECK(refusal(R"({"$kye": "a"})") ==
        "f:1:2: unknown notation \"$kye\"; known here: $key, $double, $dateTime, $base64, $nil, $i8, $struct, "
        "$improbable, $repeat, $concat, $hex");
  CHECK(refusal(R"({"$includes": []})", Matchers::allowed) ==
        "f:1:2: unknown notation \"$includes\"; the matcher is \"$$includes\"");
  CHECK(refusal(R"({"$$key": "a"})") == "f:1:2: unknown notation \"$$key\"; the value is \"$key\"");
  CHECK(refusal(R"({"a": {"$key": 5}})") == "f:1:16: expected a string, found 5");
  CHECK(refusal(R"({"$key": "a", "b": 1})") ==
        "f:1:2: \"$key\" must stand alone; a struct with such a name is a $struct");
  CHECK(refusal(R"({"$double": "1,5"})") == "f:1:13: \"1,5\" is not a double");
  CHECK(refusal(R"({"$double": "0x10"})") != "");
  CHECK(refusal(R"({"$double": "1.0 "})") != "");
  CHECK(refusal(R"({"$base64": "A"})") != "");
  CHECK(refusal(R"({"$hex": "f"})") != "");
  CHECK(refusal(R"({"$hex": "fg"})") != "");
  for (const char* digits : {"", "-", "+5", "5-", "5 ", "0x5"}) {
    CAPTURE(digits);
    CHECK(refusal((R"({"$i8": ")" + std::string(digits) + "\"}").c_str()) != "");
  }
  CHECK(refusal(R"({"$nil": false})") != "");
  CHECK(refusal(R"({"$repeat": ["a", -1]})") != "");
  CHECK(refusal(R"({"$concat": [1]})") != "");
  CHECK(refusal(R"({"$$type": "int"})") ==
        "f:1:2: the matcher \"$$type\" stands in expectations only");
  CHECK(refusal(R"({"$$type": "integer"})", Matchers::allowed) != "");
  CHECK(refusal(R"({"$$matches": "("})", Matchers::allowed) != "");
  CHECK(refusal(R"({"$$fault": {}})", Matchers::allowed) != "");
  CHECK(refusal(R"({"$$fault": {"cod": 1}})", Matchers::allowed) != "");
}

TEST_CASE("What stands for a string becomes one") {
  CHECK(expanded(R"({"$key": "a"})") == "kit-1a2b3c4d.case.a");
  CHECK(expanded(R"({"$repeat": [{"$concat": ["a", "b"]}, 3]})") == "ababab");
  CHECK(expanded(R"({"$hex": "00fF"})") == std::string("\0\xff", 2));
  CHECK(expanded(R"([{"a": {"$key": "b"}}])")[0]["a"] == "kit-1a2b3c4d.case.b");
  CHECK(expanded(R"({"$struct": [["a", {"$key": "b"}]]})")["$struct"][0][1] ==
        "kit-1a2b3c4d.case.b");
  CHECK(expanded(R"({"$$includes": [{"$key": "b"}]})")["$$includes"][0] == "kit-1a2b3c4d.case.b");
}

TEST_CASE("An improbable int keeps within 32 bits whatever the run") {
  for (const std::uint32_t number : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    CHECK(RunId{number}.improbable_int() >= 1'500'000'000);
  }
}

TEST_CASE("Base64 is complete, and without white space") {
  CHECK(is_base64(""));
  CHECK(is_base64("AP8="));
  CHECK(is_base64("AA=="));
  CHECK(is_base64("AAAA"));
  CHECK_FALSE(is_base64("AAA"));
  CHECK_FALSE(is_base64("A==="));
  CHECK_FALSE(is_base64("AA=A"));
  CHECK_FALSE(is_base64("AA A"));
  CHECK_FALSE(is_base64("=AAA"));
}
