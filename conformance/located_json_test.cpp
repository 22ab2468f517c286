#include "located_json.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

std::string refusal(const char* text) {
  try {
    const Document document("f.json", text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Every value knows its line and column") {
  const Document document("f.json", "{\n  \"a\": [1, \"x,]}\\\"\",\n    {\"b\": null}],\n  \"c\": -1.5e3}");
  const Node root = document.root();
  CHECK(root.place().str() == "f.json:1:1");
  CHECK(root.at("a").place().str() == "f.json:2:8");
  const auto items = root.at("a").items();
  CHECK(items[0].place().str() == "f.json:2:9");
  CHECK(items[1].place().str() == "f.json:2:12");
  CHECK(items[2].place().str() == "f.json:3:5");
  CHECK(items[2].at("b").place().str() == "f.json:3:11");
  CHECK(root.at("c").place().str() == "f.json:4:8");
}

TEST_CASE("A key given twice is refused where it stands the second time") {
  CHECK(refusal("{\"a\": 1,\n \"b\": {\"a\": 1}, \"\\u0061\": 2}") ==
        "f.json:2:17: the key \"a\" is given twice");
}

TEST_CASE("A text that is not JSON is refused where it ends to be") {
  CHECK(refusal("{\"a\": 1,\n}").starts_with("f.json:2:1: not JSON: "));
  CHECK(refusal("").starts_with("f.json:1:1: not JSON: "));
  CHECK(refusal("{} {}").starts_with("f.json:1:4: not JSON: "));
}

TEST_CASE("A node says what it expected and what it found") {
  const Document document("f.json", R"({"a": "x", "b": [1], "c": 4294967296, "zz": true})");
  const Node root = document.root();
  const auto message = [](auto&& read) -> std::string {
    try {
      read();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message([&] { root.at("a").integer(); }) == "f.json:1:7: expected an integer, found \"x\"");
  CHECK(message([&] { root.at("b").string(); }) == "f.json:1:17: expected a string, found an array");
  CHECK(message([&] { root.at("b").members(); }) ==
        "f.json:1:17: expected an object, found an array");
  CHECK(message([&] { root.at("c").integer(); }) ==
        "f.json:1:27: expected an integer of 32 bits, found 4294967296");
  CHECK(message([&] { root.at("d"); }) == "f.json:1:1: the key \"d\" is missing");
  CHECK(message([&] { root.allow_only({"a", "b", "c"}); }) ==
        "f.json:1:39: unknown key \"zz\"; known here: a, b, c");
}

TEST_CASE("A file that is not there is named") {
  try {
    const Document document("/nonexistent/x.json");
    FAIL("no error");
  } catch (const InputError& error) {
    CHECK(std::string(error.what()) == "/nonexistent/x.json: the file cannot be read");
  }
}

TEST_CASE("What is shown of a value is short and plain ASCII") {
  CHECK(brief(Json("a\u00e9\n")) == "\"a\\u00e9\\n\"");
  CHECK(brief(Json::array({std::string(70'000, 'x'), "y"}), 10) == "[\"xxxxxxxx… (more than 64 KiB)");
  CHECK(brief(Json::object({{std::string(70'000, 'x'), "y"}}), 10) == "{\"xxxxxxxx… (more than 64 KiB)");
  CHECK(brief(Json::array({1, "a", {{"b", {nullptr, true}}}})) == R"([1,"a",{"b":[null,true]}])");
  CHECK(brief(Json(std::string(500, 'x')), 20) == "\"xxxxxxxxxxxxxxxxxxx… (502 bytes)");
  CHECK(brief(Json("\xff")) == "\"\\ufffd\"");
}

TEST_CASE("Files that are odd in other ways are refused, too") {
  CHECK(refusal("\xef\xbb\xbf{}") ==
        "f.json:1:1: the file begins with a byte order mark; save it without");
  CHECK(refusal("[1e400]") == "f.json: a number in the file is too large");
  CHECK(refusal((std::string(5000, '[') + std::string(5000, ']')).c_str()) ==
        "f.json:1:1002: nested too deep");
  CHECK_THROWS_AS(Document("/"), InputError);
}
