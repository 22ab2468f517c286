#include "matcher.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

const Names names{{0x1a2b3c4d}, "case"};

/// The difference as `path: expected / actual`; empty for a match.
std::string difference(const char* expected, const char* actual) {
  const auto found = first_difference(expand(Json::parse(expected), names),
                                      expand(Json::parse(actual), names), names);
  return found ? found->path + ": " + found->expected + " / " + found->actual : "";
}

bool equal(const char* expected, const char* actual) { return difference(expected, actual).empty(); }

}  // namespace

TEST_CASE("A value equals only its own type") {
  const char* values[] = {"1",
                          "0",
                          "true",
                          "false",
                          R"("1")",
                          R"("")",
                          "[]",
                          "[1]",
                          "{}",
                          R"({"$double": "1.0"})",
                          R"({"$i8": "1"})",
                          R"({"$base64": ""})",
                          R"({"$dateTime": "19980717T14:08:55"})",
                          R"({"$nil": true})",
                          R"({"a": 1})"};
  for (const char* expected : values)
    for (const char* actual : values) {
      CAPTURE(expected, actual);
      CHECK(equal(expected, actual) == (expected == actual));
    }
}

TEST_CASE("Doubles are equal as IEEE values") {
  CHECK(equal(R"({"$double": "1e16"})", R"({"$double": "10000000000000000.0"})"));
  CHECK(equal(R"({"$double": "nan"})", R"({"$double": "nan"})"));
  CHECK_FALSE(equal(R"({"$double": "0.0"})", R"({"$double": "-0.0"})"));
  CHECK_FALSE(equal(R"({"$double": "0.1"})", R"({"$double": "0.10000000000000002"})"));
  CHECK_FALSE(equal(R"({"$double": "inf"})", R"({"$double": "-inf"})"));
}

TEST_CASE("Strings are compared as they are") {
  CHECK(difference(R"("a ")", R"("a")") == R"(: "a " / "a")");
  CHECK(difference("\"\u00e9\"", "\"e\u0301\"") == R"(: "\u00e9" / "e\u0301")");
  CHECK(difference(R"({"$repeat": ["ab", 200]})", R"({"$concat": [{"$repeat": ["ab", 199]}, "aX"]})")
            .find("at byte 369 of 400") != std::string::npos);
}

TEST_CASE("A difference names its place") {
  CHECK(difference(R"([1, {"a": [true]}])", R"([1, {"a": [1]}])") ==
        "[1].a[0]: boolean true / int 1");
  CHECK(difference("[1]", "[1, 2]") == ": 1 items: [1] / 2 items: [1,2]");
  CHECK(difference(R"({"a": 1})", R"({"a": 1, "b": 2})") == ".b: no such member / 2");
  CHECK(difference(R"({"a": 1})", "{}") == ".a: 1 / no such member");
  const char* pairs = R"({"$struct": [["a", 1], ["b", [2]]]})";
  CHECK(difference(pairs, R"({"a": 1, "b": [3]})") == ".b[0]: 2 / 3");
  CHECK(difference(pairs, R"({"b": [2], "a": 1})") == R"(: member "a" / member "b")");
  CHECK(difference(pairs, R"({"a": 1})") == R"(: {"$struct":[["a",1],["b",[2]]]} / {"a":1})");
}

TEST_CASE("The order of a struct matters only where it is written as pairs") {
  CHECK(equal(R"({"a": 1, "b": 2})", R"({"b": 2, "a": 1})"));
  CHECK(equal(R"({"$struct": [["a", 1], ["b", 2]]})", R"({"a": 1, "b": 2})"));
  CHECK_FALSE(equal(R"({"$struct": [["a", 1], ["b", 2]]})", R"({"b": 2, "a": 1})"));
  CHECK(equal(R"({"a": 2})", R"({"$struct": [["a", 1], ["a", 2]]})"));
  CHECK_FALSE(equal(R"({"a": 1})", R"({"$struct": [["a", 1], ["a", 2]]})"));
}

TEST_CASE("$$own looks at the case's own keys only") {
  const char* keys = R"(["theirs", {"$key": "b"}, "kit-1a2b3c4d.other.a", {"$key": "a"}])";
  CHECK(equal(R"({"$$own": ["a", "b"]})", keys));
  CHECK(equal(R"({"$$ownInOrder": ["b", "a"]})", keys));
  CHECK_FALSE(equal(R"({"$$ownInOrder": ["a", "b"]})", keys));
  CHECK_FALSE(equal(R"({"$$own": ["a"]})", keys));
  CHECK_FALSE(equal(R"({"$$own": ["a", "b", "c"]})", keys));
  CHECK_FALSE(equal(R"({"$$own": ["a", "a", "b"]})", keys));
  CHECK_FALSE(equal(R"({"$$own": ["a"]})", R"([{"$key": "a"}, {"$key": "a"}])"));
  CHECK_FALSE(equal(R"({"$$own": []})", "[1]"));
  CHECK_FALSE(equal(R"({"$$own": []})", R"("")"));
}

TEST_CASE("$$includes, $$excludes, $$has, $$type, $$matches, $$oneOf") {
  CHECK(equal(R"({"$$includes": ["a"]})", R"(["b", "a"])"));
  CHECK_FALSE(equal(R"({"$$includes": ["a"]})", R"(["b"])"));
  CHECK(equal(R"({"$$excludes": [""]})", R"(["b"])"));
  CHECK_FALSE(equal(R"({"$$excludes": [""]})", R"(["b", ""])"));
  CHECK_FALSE(equal(R"({"$$excludes": [""]})", "{}"));
  CHECK(equal(R"({"$$has": {"a": {"$$type": "int"}}})", R"({"a": 1, "b": 2})"));
  CHECK_FALSE(equal(R"({"$$has": {"c": 1}})", R"({"a": 1, "b": 2})"));
  CHECK(equal(R"({"$$type": "struct"})", R"({"$struct": [["a", 1]]})"));
  CHECK_FALSE(equal(R"({"$$type": "int"})", "true"));
  CHECK(equal(R"({"$$matches": "0\\.[0-9]+"})", R"("0.2")"));
  CHECK_FALSE(equal(R"({"$$matches": "0\\.[0-9]+"})", R"("10.2")"));
  CHECK(equal(R"({"$$oneOf": [1, "a"]})", R"("a")"));
  CHECK_FALSE(equal(R"({"$$oneOf": [1, "a"]})", "2"));
}

TEST_CASE("A matcher says what it wanted") {
  CHECK(difference(R"({"$$own": []})", "1") == ": an array of strings / 1");
  CHECK(difference(R"({"$$own": []})", R"(["", 1])") == "[1]: a string / 1");
  CHECK(difference(R"({"$$own": ["b", "a"]})", "[]") ==
        R"(: of this case's keys ["kit-1a2b3c4d.case.a","kit-1a2b3c4d.case.b"] / [])");
  CHECK(difference(R"({"$$ownInOrder": ["a", "b"]})", R"([{"$key": "b"}, "theirs", {"$key": "a"}])") ==
        R"(: of this case's keys ["kit-1a2b3c4d.case.a","kit-1a2b3c4d.case.b"], in this order)"
        R"( / ["kit-1a2b3c4d.case.b","kit-1a2b3c4d.case.a"])");
  CHECK(difference(R"({"$$includes": [1]})", "{}") == ": an array / {}");
  CHECK(difference(R"({"$$includes": [1]})", "[2]") == ": an array with 1 / [2]");
  CHECK(difference(R"({"$$excludes": [2]})", "[2]") == ": an array without 2 / [2]");
  CHECK(difference(R"({"$$matches": "b+"})", R"("a")") == R"(: a string that matches b+ / "a")");
  CHECK(difference(R"({"$$oneOf": [1, 2]})", "3") == ": one of [1,2] / 3");
  CHECK(difference(R"({"$$fault": true})", "{}") == ": a fault: a struct of faultCode and faultString / {}");
  CHECK(difference(R"({"$$fault": {"code": 2}})", R"({"faultCode": 1, "faultString": ""})") == "fault.code: 2 / 1");
  CHECK(difference(R"({"$$batch": [1, 2]})", "[[1]]") == ": an array of 2 results / [[1]]");
  CHECK(difference(R"({"$$batch": [1, 2]})", "[[1], [3]]") == "[1]: int 2 / array [3]");
  CHECK(difference(R"({"$$has": {}})", "[]") == ": a struct / []");
  CHECK(difference(R"({"$$type": "int"})", "true") == ": a value of type int / boolean true");
}

TEST_CASE("$$fault and $$batch take a multicall's results, bare or boxed") {
  const char* fault = R"({"faultCode": 10, "faultString": "BAD_NAME"})";
  CHECK(equal(R"({"$$fault": true})", fault));
  CHECK(equal(R"({"$$fault": {"code": 10}})", fault));
  CHECK_FALSE(equal(R"({"$$fault": {"code": 1}})", fault));
  CHECK_FALSE(equal(R"({"$$fault": true})", R"({"faultCode": "10", "faultString": ""})"));
  CHECK_FALSE(equal(R"({"$$fault": true})", R"({"faultCode": 10, "faultString": "", "x": 1})"));
  CHECK(equal(R"({"$$batch": [1, {"$$fault": true}]})",
              R"([1, {"faultCode": 10, "faultString": "BAD_NAME"}])"));
  CHECK(equal(R"({"$$batch": [1, [2]]})", R"([[1], [[2]]])"));
  CHECK(equal(R"({"$$batch": [[2]]})", R"([[2]])"));
  CHECK_FALSE(equal(R"({"$$batch": [1]})", "[1, 2]"));
  CHECK_FALSE(equal(R"({"$$batch": [{"$$fault": true}]})",
                    R"([[{"faultCode": 10, "faultString": "BAD_NAME"}]])"));
}

TEST_CASE("A fault is compared by what is named") {
  const Json fault = {{"code", 10}, {"string", "BAD_NAME"}};
  CHECK_FALSE(fault_difference(true, fault, names));
  CHECK_FALSE(fault_difference({{"code", 10}}, fault, names));
  CHECK_FALSE(fault_difference({{"string", {{"$$matches", "BAD.*"}}}}, fault, names));
  const auto difference_found = fault_difference({{"code", 2}, {"string", "BAD_NAME"}}, fault, names);
  REQUIRE(difference_found);
  CHECK(difference_found->path == "fault.code");
}
