#include "case_reader.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

const std::map<std::string, Behaviour> behaviours = {
    {"must-1", {"must-1", Level::must, "s", "d", "b"}},
    {"should-1", {"should-1", Level::should, "s", "d", "b"}}};

Case read(const std::string& text) {
  const Document document("f.json", text);
  return read_case(document.root(), behaviours);
}

/// The message that a case is refused with; empty if it is accepted.
std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// A case whose only step, on line 3, is `step`.
std::string with_step(const std::string& step, const std::string& more = "") {
  return R"({"id": "a", "title": "t", "level": "must", "cites": ["must-1"],)" + more +
         "\n\"steps\": [\n" + step + "]}";
}

std::string step_refusal(const std::string& step) { return refusal(with_step(step)); }

/// A case whose keys but its steps are `keys`, on line 1.
std::string case_refusal(const std::string& keys) {
  return refusal("{" + keys + ",\n\"steps\": [{\"call\": \"m\", \"value\": 1}]}");
}

const std::string step_keys =
    "call, params, post, send, restart, wait, on, as, setup, value, fault, http, closed, oneOf, "
    "expect";

}  // namespace

TEST_CASE("A case is read into its fields") {
  const Case found = read(R"({
    "id": "store-2", "title": "a title", "level": "should", "cites": ["should-1", "must-1"],
    "why": "because", "needs": ["slow", "hostile"], "specs": ["1.1"], "socket": "unix",
    "credentials": true, "steps": [
    {"call": "cache.store", "params": [{"$key": "a"}, 1], "as": "nobody", "setup": true},
    {"post": {"method": "PUT", "path": "/x", "headers": {"A": "b", "C": "d"}, "body": {"$hex": "ff"}},
     "on": "b", "as": "wrong", "http": {"status": 400, "headers": {"E": {"$$matches": "f"}}}},
    {"send": ["a", {"$repeat": ["b", 2]}], "expect": [{"value": 1}, {"closed": true}]},
    {"send": "x", "oneOf": [{"name": "one", "fault": true},
                            {"name": "two", "value": 2, "closed": true}]},
    {"wait": 3},
    {"call": "m", "fault": {"code": 10, "string": {"$$type": "string"}}, "closed": true}]})");
  CHECK(found.place.str() == "f.json:1:1");
  CHECK(found.id == "store-2");
  CHECK(found.title == "a title");
  CHECK(found.level == Level::should);
  REQUIRE(found.cites.size() == 2);
  CHECK(found.cites[0] == &behaviours.at("should-1"));
  CHECK(found.why == "because");
  CHECK(found.needs == std::set<Need>{Need::slow, Need::hostile});
  CHECK(found.belongs_to("1.1"));
  CHECK_FALSE(found.belongs_to("1.0"));
  CHECK(found.belongs_on("unix"));
  CHECK_FALSE(found.belongs_on("inet"));
  CHECK(found.credentials);
  REQUIRE(found.steps.size() == 6);

  const auto& call = std::get<CallStep>(found.steps[0].action);
  CHECK(call.method == "cache.store");
  CHECK(call.params == Json::parse(R"([{"$key": "a"}, 1])"));
  CHECK(found.steps[0].place.str() == "f.json:5:5");
  CHECK(found.steps[0].as == As::nobody);
  CHECK(found.steps[0].setup);
  CHECK(found.steps[0].expected.empty());

  const auto& post = std::get<PostStep>(found.steps[1].action);
  CHECK(post.method == "PUT");
  CHECK(post.path == "/x");
  CHECK(post.headers == std::vector<std::pair<std::string, std::string>>{{"A", "b"}, {"C", "d"}});
  CHECK(post.body == Json{{"$hex", "ff"}});
  CHECK(found.steps[1].on == "b");
  CHECK(found.steps[1].as == As::wrong);
  REQUIRE(found.steps[1].expected.size() == 1);
  CHECK(found.steps[1].expected[0].status == Json(400));
  REQUIRE(found.steps[1].expected[0].headers.size() == 1);
  CHECK(found.steps[1].expected[0].headers[0].first == "E");

  CHECK(std::get<SendStep>(found.steps[2].action).pieces.size() == 2);
  REQUIRE(found.steps[2].expected.size() == 2);
  CHECK(found.steps[2].expected[0].value == Json(1));
  CHECK(found.steps[2].expected[1].closed);
  CHECK(found.steps[2].as == As::user);

  CHECK(std::get<SendStep>(found.steps[3].action).pieces == std::vector<Json>{"x"});
  REQUIRE(found.steps[3].expected.size() == 1);
  const auto& alternatives = found.steps[3].expected[0].one_of;
  REQUIRE(alternatives.size() == 2);
  CHECK(alternatives[0].name == "one");
  CHECK(alternatives[0].fault == Json(true));
  CHECK(alternatives[1].name == "two");
  CHECK(alternatives[1].closed);

  CHECK(std::get<WaitStep>(found.steps[4].action).seconds == 3);
  CHECK(found.steps[5].expected[0].fault == Json::parse(R"({"code": 10, "string": {"$$type": "string"}})"));
  CHECK(found.steps[5].expected[0].closed);
}

TEST_CASE("What a case or post leaves out has its default") {
  const Case found = read(with_step(R"({"post": {}, "http": {"status": 400}}, {"call": "m", "value": 1})"));
  CHECK(found.needs.empty());
  CHECK(found.belongs_to("1.0"));
  CHECK(found.belongs_on("inet"));
  CHECK_FALSE(found.credentials);
  const auto& post = std::get<PostStep>(found.steps[0].action);
  CHECK(post.method == "POST");
  CHECK(post.path == "{path}");
  CHECK(post.headers.empty());
  CHECK(post.body == "");
  CHECK(found.steps[0].on == "");
  CHECK_FALSE(found.steps[0].setup);
  CHECK(std::get<CallStep>(found.steps[1].action).params == Json::array());
}

TEST_CASE("An unknown key is refused wherever it stands") {
  CHECK(case_refusal(R"("id": "a", "titel": "t")") ==
        "f.json:1:13: unknown key \"titel\"; known here: id, title, level, cites, recorded, why, "
        "needs, specs, socket, credentials, steps");
  CHECK(step_refusal(R"({"call": "m", "vaule": 1})") ==
        "f.json:3:15: unknown key \"vaule\"; known here: " + step_keys);
  CHECK(step_refusal(R"({"post": {"boby": ""}, "value": 1})") ==
        "f.json:3:11: unknown key \"boby\"; known here: method, path, headers, body");
  CHECK(step_refusal(R"({"post": {}, "http": {"stauts": 1}})") ==
        "f.json:3:23: unknown key \"stauts\"; known here: status, headers");
  CHECK(step_refusal(R"({"call": "m", "fault": {"cod": 1}})") ==
        "f.json:3:25: unknown key \"cod\"; known here: code, string, others");
  CHECK(step_refusal(R"({"call": "m", "oneOf": [{"name": "a", "oneOf": []}]})") ==
        "f.json:3:39: unknown key \"oneOf\"; known here: name, value, fault, http, closed");
  CHECK(step_refusal(R"({"send": "x", "expect": [{"value": 1}, {"name": "a"}]})") ==
        "f.json:3:41: unknown key \"name\"; known here: value, fault, http, closed, oneOf");
}

TEST_CASE("A missing key is named") {
  const std::string id = R"("id": "a")", title = R"(, "title": "t")", level = R"(, "level": "must")";
  CHECK(case_refusal(R"("title": "t")") == "f.json:1:1: the key \"id\" is missing");
  CHECK(case_refusal(id) == "f.json:1:1: the key \"title\" is missing");
  CHECK(case_refusal(id + title) == "f.json:1:1: the key \"level\" is missing");
  CHECK(case_refusal(id + title + level) == "f.json:1:1: the key \"cites\" is missing");
  CHECK(refusal("{" + id + title + level + R"(, "cites": ["must-1"]})") ==
        "f.json:1:1: the key \"steps\" is missing");
  CHECK(case_refusal(id + title + R"(, "level": "observed")") ==
        "f.json:1:1: the key \"recorded\" is missing");
  CHECK(step_refusal(R"({"call": "m", "oneOf": [{"value": 1}]})") ==
        "f.json:3:25: the key \"name\" is missing");
}

TEST_CASE("A value of the wrong type is refused where it stands") {
  const std::string good = R"("id": "a", "title": "t", "level": "must", "cites": ["must-1"])";
  CHECK(refusal("[]") == "f.json:1:1: expected an object, found an array");
  CHECK(case_refusal(R"("id": 5)") == "f.json:1:8: expected a string, found 5");
  CHECK(case_refusal(R"("id": "a", "title": ["t"])") ==
        "f.json:1:22: expected a string, found an array");
  CHECK(case_refusal(R"("id": "a", "title": "t", "level": "must", "cites": "must-1")") ==
        "f.json:1:53: expected an array, found \"must-1\"");
  CHECK(case_refusal(good + R"(, "needs": "slow")") ==
        "f.json:1:74: expected an array, found \"slow\"");
  CHECK(case_refusal(good + R"(, "specs": 1)") == "f.json:1:74: expected an array, found 1");
  CHECK(case_refusal(good + R"(, "credentials": 1)") ==
        "f.json:1:80: expected true or false, found 1");
  CHECK(case_refusal(good + R"(, "credentials": false)") ==
        "f.json:1:80: the only value here is true");
  CHECK(refusal("{" + good + R"(, "steps": {}})") == "f.json:1:74: expected an array, found an object");
  CHECK(step_refusal("5") == "f.json:3:1: expected an object, found 5");
  CHECK(step_refusal(R"({"call": 5, "value": 1})") == "f.json:3:10: expected a string, found 5");
  CHECK(step_refusal(R"({"call": "m", "params": {}, "value": 1})") ==
        "f.json:3:25: expected an array, found an object");
  CHECK(step_refusal(R"({"post": "x", "value": 1})") ==
        "f.json:3:10: expected an object, found \"x\"");
  CHECK(step_refusal(R"({"post": {"headers": {"A": 1}}, "value": 1})") ==
        "f.json:3:28: expected a string, found 1");
  CHECK(step_refusal(R"({"post": {"body": 1}, "value": 1})") ==
        "f.json:3:19: expected a string or a $key, $concat, $repeat or $hex");
  CHECK(step_refusal(R"({"send": {"$base64": ""}, "value": 1})") ==
        "f.json:3:10: expected a string or a $key, $concat, $repeat or $hex");
  CHECK(step_refusal(R"({"send": [], "value": 1})") == "f.json:3:10: expected at least one piece");
  CHECK(step_refusal(R"({"call": "m", "closed": 1})") ==
        "f.json:3:25: expected true or false, found 1");
  CHECK(step_refusal(R"({"call": "m", "closed": false})") ==
        "f.json:3:25: the only value here is true");
  CHECK(step_refusal(R"({"call": "m", "fault": false})") ==
        "f.json:3:24: the only values here are true and an object");
  CHECK(step_refusal(R"({"call": "m", "fault": {}})") ==
        "f.json:3:24: expected true, or a code, a string or others");
  CHECK(step_refusal(R"({"call": "m", "http": {}})") ==
        "f.json:3:23: expected a status, headers, or both");
  CHECK(step_refusal(R"({"restart": false})") == "f.json:3:13: the only value here is true");
}

TEST_CASE("A step has exactly one action") {
  CHECK(step_refusal(R"({"value": 1})") == "f.json:3:1: no action: give one of call, post, send, restart, wait");
  CHECK(step_refusal(R"({"call": "m", "send": "x", "value": 1})") ==
        "f.json:3:1: more than one of call, post, send, restart, wait");
  CHECK(step_refusal(R"({"restart": true, "wait": 1})") ==
        "f.json:3:1: more than one of call, post, send, restart, wait");
}

TEST_CASE("A step has exactly one expectation") {
  CHECK(step_refusal(R"({"call": "m"})") ==
        "f.json:3:1: no expectation: give one of value, fault, http, closed, oneOf or setup");
  CHECK(step_refusal(R"({"call": "m", "value": 1, "fault": true})") ==
        "f.json:3:1: more than one of value, fault, oneOf: exactly one is expected");
  CHECK(step_refusal(R"({"call": "m", "value": 1, "setup": true})") ==
        "f.json:3:15: this step has no expectation");
  CHECK(step_refusal(R"({"send": "x", "setup": true, "expect": []})") ==
        "f.json:3:30: this step has no expectation");
  CHECK(step_refusal(R"({"call": "m", "setup": false})") ==
        "f.json:3:24: the only value here is true");
  CHECK(step_refusal(R"({"restart": true, "closed": true})") ==
        "f.json:3:19: this step has no expectation");
  CHECK(step_refusal(R"({"wait": 1, "value": 1})") == "f.json:3:13: this step has no expectation");
  CHECK(step_refusal(R"({"wait": 1, "setup": true})") ==
        "f.json:3:13: belongs to a call, post or send");
  CHECK(step_refusal(R"({"restart": true, "on": "b"})") ==
        "f.json:3:19: belongs to a call, post or send");
}

TEST_CASE("Several answers are expected of a send only, and two at least") {
  CHECK(step_refusal(R"({"call": "m", "expect": [{"value": 1}, {"value": 1}]})") ==
        "f.json:3:15: \"expect\" belongs to a send; give the expectation itself");
  CHECK(step_refusal(R"({"send": "x", "expect": [{"value": 1}]})") ==
        "f.json:3:25: expected two answers at least");
  CHECK(step_refusal(R"({"send": "x", "expect": [{"value": 1}, {}]})") ==
        "f.json:3:40: no expectation: give one of value, fault, http, closed, oneOf or setup");
  CHECK(step_refusal(R"({"send": "x", "value": 1, "expect": [{"value": 1}, {"value": 1}]})") ==
        "f.json:3:15: stands inside \"expect\", not beside it");
}

TEST_CASE("Alternatives are two at least, each with a name of its own") {
  CHECK(step_refusal(R"({"call": "m", "oneOf": [{"name": "a", "value": 1}]})") ==
        "f.json:3:24: expected two alternatives at least");
  CHECK(step_refusal(R"({"call": "m", "oneOf": [{"name": "a", "value": 1}, {"name": "a", "value": 2}]})") ==
        "f.json:3:61: the name is given twice");
  const std::string two = R"("oneOf": [{"name": "a", "value": 1}, {"name": "b", "value": 2}])";
  CHECK(step_refusal(R"({"call": "m", )" + two + "}") == "");
  CHECK(step_refusal(R"({"call": "m", "http": {"status": 200}, )" + two + "}") ==
        "f.json:3:1: http and closed stand inside oneOf, not beside it");
  CHECK(step_refusal(R"({"call": "m", "closed": true, )" + two + "}") ==
        "f.json:3:1: http and closed stand inside oneOf, not beside it");
  CHECK(step_refusal(R"({"call": "m", "value": 1, )" + two + "}") ==
        "f.json:3:1: more than one of value, fault, oneOf: exactly one is expected");
}

TEST_CASE("Keys of a step that do not belong to its action are refused") {
  CHECK(step_refusal(R"({"send": "x", "params": [], "value": 1})") ==
        "f.json:3:15: belongs to a call");
  CHECK(step_refusal(R"({"send": "x", "as": "nobody", "value": 1})") ==
        "f.json:3:15: a send writes its own credentials");
  CHECK(step_refusal(R"({"call": "m", "as": "user", "value": 1})") ==
        "f.json:3:21: expected \"nobody\" or \"wrong\"");
  CHECK(step_refusal(R"({"call": "m", "on": "B c", "value": 1})") ==
        "f.json:3:21: expected at most 60 of a-z, 0-9 and -, found \"B c\"");
  CHECK(step_refusal(R"({"call": "", "value": 1})") == "f.json:3:10: expected one line of text");
}

TEST_CASE("A wait is 1, 2 or 3 seconds") {
  for (const char* seconds : {"0", "4", "-1"}) {
    CAPTURE(seconds);
    CHECK(step_refusal("{\"wait\": " + std::string(seconds) + "}") ==
          "f.json:3:10: expected 1, 2 or 3 seconds");
  }
  CHECK(step_refusal(R"({"wait": "1"})") == "f.json:3:10: expected an integer, found \"1\"");
}

TEST_CASE("Matchers stand in expectations only, and bare fractions nowhere") {
  CHECK(step_refusal(R"({"call": "m", "params": [{"$$type": "int"}], "value": 1})") ==
        "f.json:3:27: the matcher \"$$type\" stands in expectations only");
  CHECK(step_refusal(R"({"post": {"body": {"$$matches": "a"}}, "value": 1})") ==
        "f.json:3:20: the matcher \"$$matches\" stands in expectations only");
  CHECK(step_refusal(R"({"call": "m", "value": [{"$$type": "int"}]})") == "");
  CHECK(step_refusal(R"({"call": "m", "params": [1.5], "value": 1})") ==
        "f.json:3:26: a number with a fraction, an exponent or too many digits; write "
        "{\"$double\": \"1.5\"} or {\"$i8\": …}");
  CHECK(step_refusal(R"({"call": "m", "value": 1.5})").starts_with("f.json:3:24: a number with"));
  CHECK(step_refusal(R"({"call": "m", "fault": {"code": 1e2}})").starts_with("f.json:3:33: a number with"));
  CHECK(step_refusal(R"({"post": {}, "http": {"status": 200.0}})").starts_with("f.json:3:33: a number with"));
}

TEST_CASE("What a case names has to be known") {
  const std::string good = R"("id": "a", "title": "t", "level": "must", "cites": ["must-1"])";
  CHECK(case_refusal(R"("id": "a", "title": "t", "level": "may")") ==
        "f.json:1:36: unknown level \"may\"; known: must, should, observed");
  CHECK(case_refusal(good + R"(, "needs": ["fast"])") ==
        "f.json:1:75: unknown need \"fast\"; known: exclusive, restart, heavy, hostile, slow");
  CHECK(case_refusal(good + R"(, "needs": ["slow", "slow"])") ==
        "f.json:1:83: \"slow\" is named twice");
  CHECK(case_refusal(good + R"(, "specs": ["1.2"])") ==
        "f.json:1:75: unknown spec \"1.2\"; known: 1.0, 1.1");
  CHECK(case_refusal(good + R"(, "specs": ["1.0", "1.1"])") ==
        "f.json:1:74: name one spec; a case of both has no \"specs\"");
  CHECK(case_refusal(good + R"(, "specs": [])") ==
        "f.json:1:74: name one spec; a case of both has no \"specs\"");
  CHECK(case_refusal(good + R"(, "socket": "tcp")") ==
        "f.json:1:75: expected \"inet\" or \"unix\"");
  CHECK(case_refusal(R"("id": "a", "title": "t", "level": "must", "cites": ["must-1", "gone"])") ==
        "f.json:1:64: \"gone\" is no statement of behaviours.json");
}

TEST_CASE("A case cites a statement of its level or a higher one") {
  const auto cites = [](const char* level, const char* list) {
    return case_refusal(R"("id": "a", "title": "t", "level": ")" + std::string(level) +
                        R"(", "cites": )" + list);
  };
  CHECK(cites("must", R"(["should-1"])") ==
        "f.json:1:53: a \"must\" case must cite a statement of that level or a higher one");
  CHECK(cites("must", "[]") ==
        "f.json:1:53: a \"must\" case must cite a statement of that level or a higher one");
  CHECK(cites("should", "[]") ==
        "f.json:1:55: a \"should\" case must cite a statement of that level or a higher one");
  CHECK(cites("must", R"(["should-1", "must-1"])") == "");
  CHECK(cites("should", R"(["should-1"])") == "");
  CHECK(cites("should", R"(["must-1"])") == "");
}

TEST_CASE("What was recorded stands at an observed case, and always there") {
  const std::string head = R"("id": "a", "title": "t", "level": )";
  CHECK(case_refusal(head + R"("observed", "recorded": "supervisor 4")") == "");
  CHECK(case_refusal(head + R"("observed", "cites": ["should-1"], "recorded": "supervisor 4")") == "");
  CHECK(case_refusal(head + R"("observed", "cites": ["gone"], "recorded": "supervisor 4")") ==
        "f.json:1:58: \"gone\" is no statement of behaviours.json");
  CHECK(case_refusal(head + R"("observed", "recorded": "")") ==
        "f.json:1:60: expected one line of text");
  CHECK(case_refusal(head + R"("must", "cites": ["must-1"], "recorded": "supervisor 4")") ==
        "f.json:1:65: belongs to an observed case");
}

TEST_CASE("A case without any expectation could not fail") {
  CHECK(step_refusal("") == "f.json:2:10: no step has an expectation: the case could not fail");
  CHECK(step_refusal(R"({"call": "m", "setup": true})") ==
        "f.json:2:10: no step has an expectation: the case could not fail");
}

TEST_CASE("An id is 60 characters of a-z, 0-9 and - at most") {
  const auto id = [](const std::string& text) {
    return case_refusal("\"title\": \"t\", \"level\": \"must\", \"cites\": [\"must-1\"], \"id\": \"" + text +
                        "\"");
  };
  const std::string sixty(60, 'x');
  CHECK(id(sixty) == "");
  CHECK(id(sixty + "x") ==
        "f.json:1:60: expected at most 60 of a-z, 0-9 and -, found \"" + sixty + "x\"");
  for (const char* bad : {"", "A", "a.b", "a_b", "a b"}) {
    CAPTURE(bad);
    CHECK(id(bad) == "f.json:1:60: expected at most 60 of a-z, 0-9 and -, found \"" +
                         std::string(bad) + "\"");
  }
}

TEST_CASE("A title and a reason are one line") {
  CHECK(case_refusal(R"("id": "a", "title": "one\ntwo")") ==
        "f.json:1:22: expected one line of text");
  CHECK(case_refusal(R"("id": "a", "title": "")") == "f.json:1:22: expected one line of text");
  CHECK(case_refusal(R"("id": "a", "title": "t", "level": "must", "cites": ["must-1"], "why": "a\nb")") ==
        "f.json:1:72: expected one line of text");
}

TEST_CASE("A statement is read into its fields, and an observed one is none") {
  const auto read_text = [](const std::string& level) {
    const Document document(
        "b.json", "{\"id\": \"b\", \"level\": \"" + level +
                      "\", \"statement\": \"st\", \"source\": \"so\", \"if_broken\": \"br\", "
                      "\"specs\": [\"1.0\"], \"proved_by\": \"cases\", "
                      "\"kept_by_reference\": {\"holds\": false, \"tried\": [\"1.0.0\"]}}");
    return read_behaviour(document.root());
  };
  const Behaviour found = read_text("should");
  CHECK(found.id == "b");
  CHECK(found.level == Level::should);
  CHECK(found.statement == "st");
  CHECK(found.source == "so");
  CHECK(found.if_broken == "br");
  std::string message;
  try {
    read_text("observed");
  } catch (const InputError& error) {
    message = error.what();
  }
  CHECK(message == "b.json:1:22: a statement comes from a document: must or should");
}
