#include "call_writer.h"

#include <catch2/catch_test_macros.hpp>

#include "response_reader.h"

using namespace conformance;

namespace {

std::string value_of(const char* notation) {
  const std::string call = write_call("m", Json::array({Json::parse(notation)}));
  const auto from = call.find("<param>") + 7;
  return call.substr(from, call.find("</param>") - from);
}

}  // namespace

TEST_CASE("A call is one document") {
  CHECK(write_call("cache.getKeys", Json::array()) ==
        "<?xml version=\"1.0\"?>\n<methodCall><methodName>cache.getKeys</methodName>"
        "<params></params></methodCall>\n");
}

TEST_CASE("Every notation becomes its element") {
  CHECK(value_of(R"("a")") == "<value><string>a</string></value>");
  CHECK(value_of(R"("<&>\r\n\t ")") == "<value><string>&lt;&amp;&gt;&#13;\n\t </string></value>");
  CHECK(value_of("-5") == "<value><int>-5</int></value>");
  CHECK(value_of("true") == "<value><boolean>1</boolean></value>");
  CHECK(value_of(R"({"$double": "-0.0"})") == "<value><double>-0.0</double></value>");
  CHECK(value_of(R"({"$dateTime": "19980717T14:08:55"})") ==
        "<value><dateTime.iso8601>19980717T14:08:55</dateTime.iso8601></value>");
  CHECK(value_of(R"({"$base64": "AP8="})") == "<value><base64>AP8=</base64></value>");
  CHECK(value_of(R"({"$nil": true})") == "<value><nil/></value>");
  CHECK(value_of(R"({"$i8": "5"})") == "<value><i8>5</i8></value>");
  CHECK(value_of("[1]") == "<value><array><data><value><int>1</int></value></data></array></value>");
  CHECK(value_of(R"({"b": 1, "a": ""})") ==
        "<value><struct><member><name>b</name><value><int>1</int></value></member>"
        "<member><name>a</name><value><string></string></value></member></struct></value>");
  CHECK(value_of(R"({"$struct": [["$a", 1], ["$a", 2]]})") ==
        "<value><struct><member><name>$a</name><value><int>1</int></value></member>"
        "<member><name>$a</name><value><int>2</int></value></member></struct></value>");
}

TEST_CASE("What is written is read back as it was") {
  for (const char* notation :
       {R"(" \t\n ")", R"("\r")", R"("]]><!-- & -->")", R"("\ud83d\ude00")", "[[], {}, [\"\"]]",
        R"({"$double": "1.5"})", R"({"$struct": [["$a", 1], ["$a", 2]]})", R"({"a": {"$nil": true}})"}) {
    CAPTURE(notation);
    const Reply reply = read_reply("<methodResponse><params><param>" + value_of(notation) +
                                   "</param></params></methodResponse>");
    REQUIRE(std::holds_alternative<ValueReply>(reply));
    CHECK(std::get<ValueReply>(reply).value == Json::parse(notation));
  }
}
