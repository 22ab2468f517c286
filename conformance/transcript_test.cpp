#include "transcript.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

#include "notation.h"

using namespace conformance;

namespace {

std::string words(const char* json) { return in_words(Json::parse(json)); }

Expectation value(const char* json) {
  Expectation expected;
  expected.value = Json::parse(json);
  return expected;
}

Expectation fault(const char* json) {
  Expectation expected;
  expected.fault = Json::parse(json);
  return expected;
}

Step call(const std::string& method, const char* params, Expectation expected) {
  Step step;
  step.action = CallStep{method, Json::parse(params)};
  step.expected = {std::move(expected)};
  return step;
}

/// The steps of a case, as they are told.
std::string told(std::vector<Step> steps) {
  Case given;
  given.id = "c";
  given.steps = std::move(steps);
  const std::string text = transcript(given);
  return text.substr(text.find("\n\n") + 2);
}

}  // namespace

TEST_CASE("Every word of the notation is told in words") {
  const std::map<std::string, std::pair<const char*, const char*>> told = {
      {"$key", {R"("a")", R"("kit-….a")"}},
      {"$double", {R"("-0.0")", "double -0.0"}},
      {"$dateTime", {R"("19980717T14:08:55")", "dateTime 19980717T14:08:55"}},
      {"$base64", {R"("AP8=")", "base64 AP8="}},
      {"$nil", {"true", "nil"}},
      {"$i8", {R"("5")", "i8 5"}},
      {"$struct", {R"([["$b", 1], ["a", {"$nil": true}]])", R"({"$b": 1, "a": nil} in this order)"}},
      {"$improbable", {R"("int")", "an improbable int"}},
      {"$repeat", {R"(["ab", 3])", R"("ab" × 3)"}},
      {"$concat", {R"([{"$key": "a"}, "b", {"$repeat": ["c", 2]}])", R"("kit-….a" + "b" + "c" × 2)"}},
      {"$hex", {R"("ff00")", "bytes ff00"}},
      {"$$own", {R"(["a", "b"])", "a list in which the keys of this case are exactly kit-….a, kit-….b, in any order"}},
      {"$$ownInOrder", {R"(["a", "b"])", "a list in which the keys of this case are exactly kit-….a, kit-….b, in this order"}},
      {"$$includes", {R"(["a", 1])", R"(a list with "a" and 1 in it)"}},
      {"$$excludes", {R"(["a", 1])", R"(a list without "a" or 1)"}},
      {"$$has", {R"({"a": 1, "b": {"$$type": "int"}})", R"(a struct with at least {"a": 1, "b": any int})"}},
      {"$$type", {R"("array")", "any array"}},
      {"$$matches", {R"("0\\.[0-9]+")", R"(text like /0\.[0-9]+/)"}},
      {"$$oneOf", {R"(["a", {"$$type": "int"}])", R"(either "a" or any int)"}},
      {"$$fault", {R"({"code": 2})", "a fault with the code 2, as a struct"}},
      {"$$batch", {R"([1, {"$$fault": true}])",
                   "2 results, each bare or alone in a list: 1; a fault, whatever its code and text, as a struct"}},
  };
  for (const std::string_view word : known_words()) {
    CAPTURE(word);
    const auto found = told.find(std::string(word));
    REQUIRE(found != told.end());
    CHECK(in_words(Json{{std::string(word), Json::parse(found->second.first)}}) == found->second.second);
  }
}

TEST_CASE("Values are told as JSON writes them") {
  CHECK(words(R"("a\n\u00e9")") == R"("a\n\u00e9")");
  CHECK(words("5") == "5");
  CHECK(words("true") == "true");
  CHECK(words("[]") == "[]");
  CHECK(words("{}") == "{}");
  CHECK(words(R"([1, {"b": {"$key": "x"}, "a": []}])") == R"([1, {"b": "kit-….x", "a": []}])");
  CHECK(words(R"({"$$own": []})") == "a list with no key of this case in it");
  CHECK(words(R"({"$$own": ["a"]})") == "a list in which the keys of this case are exactly kit-….a");
  CHECK(words(R"({"$$batch": [1]})") == "1 result, each bare or alone in a list: 1");
  CHECK(in_words(Json(std::string(1000, 'x'))).size() < 220);
}

TEST_CASE("What has to come back is told on one line") {
  CHECK(in_words(fault("true")) == "a fault, whatever its code and text");
  CHECK(in_words(fault(R"({"code": 10, "string": {"$$matches": "BAD.*"}})")) ==
        "a fault with the code 10 and the string text like /BAD.*/");
  CHECK(in_words(fault(R"({"string": "BAD_NAME"})")) == R"(a fault with the string "BAD_NAME")");
  CHECK(in_words(fault(R"({"others": []})")) == "a fault and no members but its code and string");
  CHECK(in_words(fault(R"({"others": ["x"]})")) == R"(a fault and further members whose names are ["x"])");
  Expectation http;
  http.status = 400;
  CHECK(in_words(http) == "HTTP status 400");
  http.headers = {{"A", "b"}, {"C", Json{{"$$matches", "d"}}}};
  CHECK(in_words(http) == R"(HTTP status 400 and the header A: "b" and the header C: text like /d/)");
  http.value = "x";
  http.closed = true;
  CHECK(in_words(http) == R"("x", with HTTP status 400 and the header A: "b" and the header C: text like /d/; )"
                          "then the connection is closed");
  Expectation closed;
  closed.closed = true;
  CHECK(in_words(closed) == "no answer: the connection is closed");
}

TEST_CASE("Steps are told in their order, short answers beside them") {
  Step setup = call("cache.store", R"([{"$key": "a"}, "old"])", {});
  setup.setup = true;
  setup.expected.clear();
  Step elsewhere = call("cache.getCount", "[]", value("1"));
  elsewhere.on = "b";
  elsewhere.as = As::nobody;
  Step restart, wait;
  restart.action = RestartStep{};
  wait.action = WaitStep{2};
  CHECK(told({setup, call("cache.store", R"(["", "bar"])", fault("true")), elsewhere, restart, wait}) ==
        "  1. cache.store(\"kit-….a\", \"old\")            → anything but a fault: this only sets the scene\n"
        "  2. cache.store(\"\", \"bar\")                   → a fault, whatever its code and text\n"
        "  3. cache.getCount(), on the connection b, without user and password\n"
        "     → 1\n"
        "  4. end the target and start it again\n"
        "  5. wait 2 seconds\n");
}

TEST_CASE("Requests are told as text in which line ends can be seen") {
  Step post;
  post.action = PostStep{"PUT", "{path}x", {{"A", "b"}}, "<a>\n\x1b{key:n}"};
  post.expected = {fault("true")};
  CHECK(told({post}) ==
        "  1. this request\n"
        "     | PUT /RPC2x HTTP/1.1\\r\\n\n"
        "     | Host: HOST:PORT\\r\\n\n"
        "     | Content-Type: text/xml\\r\\n\n"
        "     | Content-Length: 21\\r\\n\n"
        "     | A: b\\r\\n\n"
        "     | \\r\\n\n"
        "     | <a>\\n\n"
        "     | \\x1bkit-….n\n"
        "     → a fault, whatever its code and text\n");
}

TEST_CASE("Pieces, several answers and alternatives have a line each") {
  Expectation either;
  either.one_of = {value("1"), fault("true")};
  either.one_of[0].name = "it counts";
  either.one_of[1].name = "it does not";
  Step send;
  send.action = SendStep{{"a\r\n", Json{{"$repeat", Json::array({"x", 2000})}}}};
  send.expected = {value("true"), either};
  CHECK(told({send}) ==
        "  1. exactly these bytes\n"
        "     | a\\r\\n\n"
        "     5 ms later\n"
        "     | " + std::string(1500, 'x') + "\n"
        "     | [… 2000 bytes in all]\n"
        "     → answer 1: true\n"
        "       answer 2: one of these:\n"
        "         it counts: 1\n"
        "         it does not: a fault, whatever its code and text\n");
}

TEST_CASE("Above the steps stands what the case is for") {
  Behaviour behaviour{"kept", Level::must, "What is stored is kept.", "the document", "It is lost."};
  Case given;
  given.place = {"f.json", 3, 1};
  given.suite = "tiny";
  given.id = "c";
  given.title = "title of c";
  given.why = "because";
  given.recorded = "supervisor 4";
  given.level = Level::observed;
  given.cites = {&behaviour};
  given.needs = {Need::slow, Need::exclusive};
  given.specs = {"1.1"};
  given.socket = "unix";
  given.credentials = true;
  given.steps = {call("m", R"([{"$key": "a"}])", value("1"))};
  CHECK(transcript(given) ==
        "c  (tiny, f.json:3)\n"
        "  demanded  title of c\n"
        "  level     observed: a real supervisord was seen to do so, and no more\n"
        "  source    the document [must, kept]\n"
        "            What is stored is kept.\n"
        "  if not    It is lost.\n"
        "  why       because\n"
        "  recorded  supervisor 4\n"
        "  needs     exclusive: a target whose data nobody else uses\n"
        "  needs     slow: to wait\n"
        "  only      spec 1.1\n"
        "  only      on a socket of the kind unix\n"
        "  only      where a user and password are asked for\n"
        "  keys      kit-….NAME is a key that only this case of this run has\n"
        "\n"
        "  1. m(\"kit-….a\")                             → 1\n");
}
