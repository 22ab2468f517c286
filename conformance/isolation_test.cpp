#include "isolation.h"

#include <catch2/catch_test_macros.hpp>

#include "case_reader.h"

using namespace conformance;

namespace {

const std::map<std::string, Behaviour> behaviours = {
    {"b", {"b", Level::must, "s", "d", "i"}}};

Case read(const std::string& steps, const std::string& needs) {
  const Document document("f.json", R"({"id": "a", "title": "t", "level": "must", "cites": ["b"],
"needs": [)" + needs + "], \"steps\": [\n" + steps + R"(,
{"call": "m", "value": 1}]})");
  return read_case(document.root(), behaviours);
}

/// The message that steps, which begin on line 3, are refused with.
std::string refusal(const std::string& steps, const std::string& needs = "") {
  try {
    read(steps, needs);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The need that steps are refused for; `` if for none.
std::string need_of(const std::string& steps) {
  const std::string message = refusal(steps), mark = ": the case needs \"";
  const auto at = message.find(mark);
  if (at == std::string::npos) return message;
  // With that need the same steps are accepted.
  const std::string need = message.substr(at + mark.size(), message.size() - at - mark.size() - 1);
  return refusal(steps, "\"" + need + "\"") == "" ? need : "more than " + need;
}

std::string call(const std::string& method, const std::string& params) {
  return R"({"call": ")" + method + R"(", "params": [)" + params + R"(], "setup": true})";
}

std::string multicall(const std::string& entries) { return call("system.multicall", "[" + entries + "]"); }

std::string entry(const std::string& method, const std::string& params) {
  return R"({"methodName": ")" + method + R"(", "params": )" + params + "}";
}

/// A raw body, and the same as exact bytes.
std::string post(const std::string& body) {
  return R"({"post": {"body": ")" + body + R"("}, "setup": true})";
}
std::string send(const std::string& pieces) { return R"({"send": )" + pieces + R"(, "setup": true})"; }

std::string raw_call(const std::string& method, const std::string& params) {
  return "<methodCall><methodName>" + method + "</methodName><params>" + params +
         "</params></methodCall>";
}

const std::string theirs = "<param><value>theirs</value></param>";
const std::string own = "<param><value>{key:a}</value></param>";

}  // namespace

TEST_CASE("A key of somebody else's needs exclusive") {
  CHECK(refusal(call("cache.store", R"("theirs", "v")")) ==
        "f.json:3:1: the key \"theirs\" is not this run's own: the case needs \"exclusive\"");
  for (const char* method :
       {"cache.store", "cache.fetch", "cache.delete", "Cache.STORE", "store", "other.delete",
        "a.b.fetch", "cache.store ", " cache. delete"}) {
    CAPTURE(method);
    CHECK(need_of(call(method, R"("theirs")")) == "exclusive");
  }
  CHECK(need_of(call("cache.getKeys", R"("theirs")")) == "");
  CHECK(need_of(call("cache.store", "")) == "");
}

TEST_CASE("Keys that are nobody else's are free") {
  for (const char* key :
       {R"({"$key": "a"})", R"({"$concat": [{"$key": "a"}, "é"]})", R"("")",
        R"({"$improbable": "int"})", R"({"$improbable": "double"})", R"([{"$key": "a"}])",
        R"({"x": {"$key": "a"}})", R"([["", {"$improbable": "int"}]])",
        R"({"$struct": [["x", {"$key": "a"}]]})"}) {
    CAPTURE(key);
    CHECK(need_of(call("cache.store", std::string(key) + R"(, "v")")) == "");
    CHECK(need_of(multicall(entry("cache.delete", "[" + std::string(key) + "]"))) == "");
  }
}

TEST_CASE("Keys that somebody may have need exclusive, whatever their type") {
  for (const char* key :
       {"1", "true", "[]", "{}", R"({"$nil": true})", R"({"$base64": "YQ=="})", R"({"$i8": "1"})",
        R"({"$double": "1.5"})", R"({"$dateTime": "19980717T14:08:55"})", R"(["theirs"])", R"([""])",
        R"({"x": "theirs"})", R"({"$concat": ["x", {"$key": "a"}]})", R"({"$concat": ["the", "irs"]})",
        R"({"$hex": "746865697273"})", R"({"$repeat": ["x", 3]})", R"(" ")", R"("kit-00000000")"}) {
    CAPTURE(key);
    CHECK(need_of(call("cache.fetch", key)) == "exclusive");
    CHECK(need_of(multicall(entry("cache.fetch", "[" + std::string(key) + "]"))) == "exclusive");
  }
}

TEST_CASE("A multicall is judged call by call") {
  const std::string own_store = entry("cache.store", R"([{"$key": "a"}, "v"])");
  CHECK(need_of(multicall(own_store)) == "");
  CHECK(need_of(multicall(own_store + ", " + entry("cache.delete", R"(["theirs"])"))) == "exclusive");
  CHECK(need_of(multicall(own_store + ", " + entry("CACHE.clear", "[]"))) == "exclusive");
  CHECK(need_of(multicall(entry("supervisor.shutdown", "[]"))) == "restart");
  CHECK(need_of(multicall(R"({"$struct": [["methodName", "cache.store"], ["params", ["theirs", 1]]]})")) ==
        "exclusive");
  CHECK(need_of(multicall(R"({"$struct": [["methodName", {"$concat": ["cache.", "store"]}], ["params", [1]]]})")) ==
        "exclusive");
  CHECK(need_of(call("SYSTEM.MultiCall ", "[" + entry("cache.delete", R"(["theirs"])") + "]")) ==
        "exclusive");
  CHECK(need_of(multicall(R"({"methodName": 5, "params": ["theirs"]})")) == "");
}

TEST_CASE("Clear needs exclusive in any spelling") {
  CHECK(refusal(call("cache.clear", "")) ==
        "f.json:3:1: a lenient server could take this for a call of clear: the case needs \"exclusive\"");
  for (const std::string& steps :
       {call("cache.Clear", ""), call("xCLEARx", ""), call("m", R"(["a", {"b": "CLear"}])"),
        call("m", R"({"$concat": ["cl", {"$concat": ["ea", "r"]}]})"), call("m", R"({"clear": 1})"),
        call("m", R"({"$hex": "636c656172"})"), call("m", R"({"$struct": [["clear", 1]]})"),
        post(raw_call("cache.clear", "")), post(raw_call("cache.CLEAR", "")),
        post(raw_call("cache.cl&#101;ar", "")), post(raw_call("cache.cl&#x65;ar", "")),
        post(raw_call("cache.cl&#x0065;&#97;r", "")), post(raw_call("cache.cl<!-- x -->ear", "")),
        post(raw_call("cache.<![CDATA[cle]]><![CDATA[ar]]>", "")), send(R"("cache.clear")"),
        send(R"(["cache.cl", "ear"])"), send(R"({"$concat": ["cl", {"$hex": "65"}, "ar"]})"),
        send(R"(["cl&#1", "01;ar"])"),
        std::string(R"({"post": {"path": "/clear"}, "setup": true})")}) {
    CAPTURE(steps);
    CHECK(need_of(steps) == "exclusive");
  }
}

TEST_CASE("Whatever could end a target needs restart, and waiting needs slow") {
  CHECK(refusal(call("supervisor.shutdown", "")) ==
        "f.json:3:1: a lenient server could obey this \"shutdown\": the case needs \"restart\"");
  CHECK(need_of(call("supervisor.Restart", "")) == "restart");
  CHECK(need_of(post(raw_call("supervisor.reloadConfig", ""))) == "restart");
  CHECK(need_of(send(R"("shut&#100;own")")) == "restart");
  CHECK(refusal(R"({"restart": true})") ==
        "f.json:3:1: the target is restarted: the case needs \"restart\"");
  CHECK(need_of(R"({"restart": true})") == "restart");
  CHECK(refusal(R"({"wait": 1})") == "f.json:3:1: the run waits: the case needs \"slow\"");
  CHECK(need_of(R"({"wait": 1})") == "slow");
}

TEST_CASE("A raw request with parameters has a key of this run, or needs exclusive") {
  CHECK(refusal(post(raw_call("cache.delete", theirs))) ==
        "f.json:3:1: the request may name a key that is not this run's own: the case needs "
        "\"exclusive\"");
  CHECK(need_of(post(raw_call("cache.delete", own))) == "");
  CHECK(need_of(post(raw_call("cache.getKeys", ""))) == "");
  CHECK(need_of(post(raw_call("cache.store", "<PARAM>theirs</PARAM>"))) == "exclusive");
  CHECK(need_of(post(raw_call("cache.store", "<par<!-- {key:a} -->am>"))) == "exclusive");
  CHECK(need_of(post(raw_call("cache.store", "<!-- {key:a} -->" + theirs))) == "exclusive");
  CHECK(need_of(send("\"" + raw_call("cache.delete", theirs) + "\"")) == "exclusive");
  CHECK(need_of(send(R"(["<methodName>cache.delete</methodName><par", "am>theirs</param>"])")) ==
        "exclusive");
  CHECK(need_of(send(R"(["<param>", {"$key": "a"}, "</param>"])")) == "");
  CHECK(need_of(send("\"" + raw_call("cache.delete", own) + "\"")) == "");
}

TEST_CASE("What a case names as keys is deleted afterwards, each once") {
  const Names names{{0x1a2b3c4d}, "case"};
  const auto keys = [&](const std::string& steps) {
    return Json(keys_named(read(steps, "\"exclusive\", \"slow\""), names));
  };
  const std::string a = "kit-1a2b3c4d.case.a", b = "kit-1a2b3c4d.case.b";
  CHECK(keys(call("cache.store", R"({"$key": "a"}, "v")") + "," +
             call("cache.fetch", R"({"$key": "b"})") + "," +
             call("cache.delete", R"({"$key": "a"})")) == Json::array({a, b}));
  CHECK(keys(call("Cache.STORE", R"({"$concat": [{"$key": "a"}, "x"]}, "v")")) ==
        Json::array({a + "x"}));
  CHECK(keys(multicall(entry("cache.store", R"([{"$key": "a"}, "v"])") + "," +
                       entry("cache.getKeys", "[]") + "," +
                       R"({"$struct": [["methodName", "cache.fetch"], ["params", [{"$key": "b"}]]]})")) ==
        Json::array({a, b}));
  CHECK(keys(call("cache.store", R"({"$improbable": "int"}, "v")")) ==
        Json::array({names.run.improbable_int()}));
  CHECK(keys(call("cache.store", R"("theirs", "v")")) == Json::array({"theirs"}));
  CHECK(keys(post(raw_call("cache.store", own))) == Json::array({a}));
  CHECK(keys(send(R"(["<value>{key:b}</value><value>{ke", "y:a}</value>"])")) == Json::array({b, a}));
  CHECK(keys(call("cache.store", R"("", "v")")) == Json::array());
  CHECK(keys(call("cache.getKeys", "") + "," + call("other.thing", R"({"$key": "a"})") +
             R"(,{"wait": 1})") == Json::array());
}

TEST_CASE("What a multicall could take for a call is judged as one") {
  for (const char* entry :
       {R"({"methodName": "cache.delete", "params": {"theirs": 1}})",
        R"({"methodName": "cache.delete", "params": "theirs"})",
        R"({"$struct": [["methodName", "cache.delete"], ["params", ["theirs"]], ["params", [{"$key": "a"}]]]})",
        R"({"methodName": "system.multicall", "params": [[{"methodName": "cache.delete", "params": ["theirs"]}]]})"}) {
    CAPTURE(entry);
    CHECK(need_of(multicall(entry)) == "exclusive");
    CHECK(need_of(call("system.multicall", entry)) == "exclusive");
    CHECK(need_of(call("system.multicall", std::string("1, [") + entry + "]")) == "exclusive");
  }
  CHECK(need_of(call("cache.delete\\u0000", R"("theirs")")) == "exclusive");
}

TEST_CASE("A raw request that could say what cannot be seen needs exclusive") {
  for (const char* body :
       {"cache.cl{authorization}ear", "<!DOCTYPE m [<!ENTITY e 'ear'>]>cl&e;", "cl<?x y?>ear",
        "cl&#x0000065;ar", "cl&#00000101;ar", "&#60;!-- cache.clear <!-- -->",
        "<![CDATA[<!--]]>cache.clear-->", "cl&#38;#101;ar", "cl&&#35;101;ar", "cl&#1&#48;1;ar",
        "cl&#0000000000101;ar", "&#;&#x;cl&#x65;ar", "<?xml version='1.0'?><?x?>"}) {
    CAPTURE(body);
    CHECK(need_of(post(body)) == "exclusive");
  }
  CHECK(need_of(post("cl<!-- " + std::string(300, 'x') + " -->ear")) == "exclusive");
  CHECK(need_of(post("<?xml version='1.0'?>" + raw_call("cache.fetch", own))) == "");
  CHECK(need_of(send(R"("Transfer-Encoding: chunked\r\n\r\n1\r\nc\r\n")")) == "exclusive");
  CHECK(need_of(send(R"({"$hex": "6300"})")) == "exclusive");
  CHECK(need_of(call("supervisor.stopAllProcesses", "")) == "restart");
  CHECK(need_of(call("supervisor.getState", "")) == "");
  CHECK(need_of(call("m", R"("supervisor.getState supervisor.stop")")) == "restart");
}

TEST_CASE("In a raw request the key itself is the run's own, in every call") {
  for (const char* params :
       {"<param ><value>theirs</value></param>", "<param a='b'>theirs</param>", "<par{authorization}am>theirs",
        "<param>{key:a</param>", "<param>{key:}</param>", "<params><param>theirs{key:</param>}",
        "<param>theirs</param><param>{key:a}</param>"}) {
    CAPTURE(params);
    CHECK(need_of(post(raw_call("cache.delete", params))) == "exclusive");
  }
  CHECK(need_of(post(raw_call("cache.delete", own) + raw_call("cache.delete", theirs))) == "exclusive");
  CHECK(need_of(post(raw_call("cache.delete", own) + raw_call("cache.getKeys", ""))) == "");
  CHECK(need_of(R"({"post": {"path": "/{key:a}", "body": ")" + raw_call("cache.delete", theirs) +
                R"("}, "setup": true})") == "exclusive");
}

TEST_CASE("A name that only looks like the run's own is not") {
  CHECK(need_of(call("cache.delete", R"("kit-00000000..x")")) == "exclusive");
  CHECK(need_of(call("cache.delete", "1500000000")) == "exclusive");
}

TEST_CASE("A key of several parts is own only if all of them are") {
  CHECK(need_of(call("cache.store", R"(["theirs", {"$key": "a"}], "v")")) == "exclusive");
  CHECK(need_of(call("cache.store", R"({"x": {"$key": "a"}, "y": "theirs"}, "v")")) == "exclusive");
  CHECK(need_of(call("cache.store", R"([{"$key": "a"}, {"$key": "b"}], "v")")) == "");
}

TEST_CASE("Much at once is heavy") {
  CHECK(need_of(call("cache.store", R"({"$key": "a"}, {"$repeat": ["x", 65600]})")) == "heavy");
  CHECK(need_of(call("cache.store", R"({"$key": "a"}, {"$repeat": ["x", 60000]})")) == "");
  CHECK(need_of(R"({"send": {"$repeat": ["x", 65600]}, "setup": true})") == "heavy");
}
