#include "response_reader.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

std::string response(const std::string& value) {
  return "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>" + value +
         "</value>\n</param>\n</params>\n</methodResponse>\n";
}

/// The value in the notation, or why there is none.
std::string read(const std::string& document) {
  const Reply reply = read_reply(document);
  if (const auto* value = std::get_if<ValueReply>(&reply)) return brief(value->value, 1000);
  if (const auto* fault = std::get_if<FaultReply>(&reply)) return "fault " + brief(fault->fault);
  return "bad: " + std::get<BadReply>(reply).message;
}

std::string read_value(const std::string& value) { return read(response(value)); }

}  // namespace

TEST_CASE("Every type becomes its notation") {
  CHECK(read_value("<string>a</string>") == R"("a")");
  CHECK(read_value("a") == R"("a")");
  CHECK(read_value("") == R"("")");
  CHECK(read_value("<string/>") == R"("")");
  CHECK(read_value("<int>-5</int>") == "-5");
  CHECK(read_value("<i4>2147483647</i4>") == "2147483647");
  CHECK(read_value("<boolean>1</boolean>") == "true");
  CHECK(read_value("<double>1e+16</double>") == R"({"$double":"1e+16"})");
  CHECK(read_value("<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>") ==
        R"({"$dateTime":"19980717T14:08:55"})");
  CHECK(read_value("<base64>\nAP\n8=\n</base64>") == R"({"$base64":"AP8="})");
  CHECK(read_value("<nil/>") == R"({"$nil":true})");
  CHECK(read_value("<i8>5000000000</i8>") == R"({"$i8":"5000000000"})");
  CHECK(read_value("<array> <data> <value>a</value>\n<value><int>1</int></value> </data> </array>") ==
        R"(["a",1])");
  CHECK(read_value("<struct><member><name>b</name><value>1</value></member>"
                   "<member><value>2</value><name>a</name></member></struct>") ==
        R"({"b":"1","a":"2"})");
  CHECK(read_value("<struct><member><name>$a</name><value>1</value></member></struct>") ==
        R"({"$struct":[["$a","1"]]})");
}

TEST_CASE("A number may be written in any way that XML-RPC has") {
  CHECK(read_value("<int>+007</int>") == "7");
  CHECK(read_value("<i4>-0</i4>") == "0");
  CHECK(read_value("<double>+01.50</double>") == R"({"$double":"+01.50"})");
  CHECK(read_value("<double>-.5</double>") == R"({"$double":"-.5"})");
  CHECK(read_value("<double>1.</double>") == R"({"$double":"1."})");
  CHECK(read_value("<int> 7</int>").starts_with("bad"));
  CHECK(read_value("<double>1.5\n</double>").starts_with("bad"));
  CHECK(read_value("<boolean> 1 </boolean>").starts_with("bad"));
}

TEST_CASE("What XML leaves open makes no difference") {
  const std::string rest =
      "<methodResponse a='b'><!-- c --><params>\r\n<param><?p?><value><!-- <int> -->\n<int>1</int> </value>"
      "</param>\t</params></methodResponse>\n<!-- end -->\n";
  CHECK(read(rest) == "1");
  CHECK(read("\xef\xbb\xbf" + rest) == "1");
  CHECK(read("<?xml version=\"1.0\" encoding=\"iso-8859-1\" standalone='yes'?><!DOCTYPE methodResponse>" +
             rest) == "1");
  CHECK(read("<?xml version='1.0' encoding='iso-8859-1'?><methodResponse><params><param><value>\xe9</value>"
             "</param></params></methodResponse>") == R"("\u00e9")");
}

TEST_CASE("White space and text are exact") {
  CHECK(read_value("<string> \t\n </string>") == R"(" \t\n ")");
  CHECK(read_value(" \n ") == R"(" \n ")");
  CHECK(read_value("<string>a<!-- x -->b<![CDATA[<&]]>&amp;&#13;</string>") == R"("ab<&&\r")");
  CHECK(read_value("<string>a\r\nb</string>") == R"("a\nb")");
  CHECK(read_value("<string>\xf0\x9f\x98\x80</string>") == R"("\ud83d\ude00")");
}

TEST_CASE("A fault is a struct of an int and a string") {
  const auto fault = [](const std::string& value) {
    return read("<methodResponse><fault><value>" + value + "</value></fault></methodResponse>");
  };
  const std::string code = "<member><name>faultCode</name><value><int>10</int></value></member>";
  const std::string text = "<member><name>faultString</name><value>BAD_NAME</value></member>";
  CHECK(fault("<struct>" + code + text + "</struct>") ==
        R"(fault {"code":10,"string":"BAD_NAME","others":[]})");
  CHECK(fault("<struct>" + code + "<member><name>detail</name><value/></member>" + text + "</struct>") ==
        R"(fault {"code":10,"string":"BAD_NAME","others":["detail"]})");
  CHECK(fault("<struct>" + code + "</struct>").starts_with("bad: line 1: a fault that is not"));
  CHECK(fault("<struct><member><name>faultCode</name><value>10</value></member>" + text +
              "</struct>") == "bad: line 1: a faultCode that is not an int");
  CHECK(fault("<string>BAD_NAME</string>").starts_with("bad: line 1: a fault that is not"));
}

TEST_CASE("A document that is not an answer is refused with its line") {
  CHECK(read("") == "bad: the body is empty");
  CHECK(read("<html></html>") == "bad: line 1: expected <methodResponse>, found <html>");
  CHECK(read("<html>\n<br></html>") == "bad: line 2: not well-formed XML: mismatched tag");
  CHECK(read(response("") + "x").starts_with("bad: line 9: not well-formed XML: "));
  CHECK(read("<methodResponse></methodResponse>").starts_with("bad: line 1: expected either"));
  CHECK(read("<methodResponse><params></params></methodResponse>")
            .starts_with("bad: line 1: expected exactly one <param>"));
  CHECK(read("<methodResponse><params><param><value/></param><param><value/></param></params>"
             "</methodResponse>")
            .starts_with("bad: line 1: expected exactly one <param>"));
  CHECK(read_value("<int>1</int><int>2</int>") == "bad: line 5: more than one element in <value>");
  CHECK(read_value("x<int>1</int>").starts_with("bad: line 5: text beside the elements"));
  CHECK(read_value("<int>1.5</int>") == "bad: line 5: \"1.5\" is not an int of 32 bits");
  CHECK(read_value("<int>2147483648</int>").starts_with("bad"));
  CHECK(read_value("<int></int>").starts_with("bad"));
  CHECK(read_value("<boolean>true</boolean>").starts_with("bad"));
  CHECK(read_value("<double>1,5</double>").starts_with("bad"));
  CHECK(read_value("<base64>A</base64>").starts_with("bad"));
  CHECK(read_value("<array><value>a</value></array>").starts_with("bad"));
  CHECK(read_value("<str>a</str>") == "bad: line 5: <str> is no type of XML-RPC");
  CHECK(read_value("<string>\x01</string>").starts_with("bad: line 5: not well-formed XML: "));
  CHECK(read_value("<string>\xff</string>").starts_with("bad: line 5: not well-formed XML: "));
  CHECK(read_value("<string>&#0;</string>").starts_with("bad: line 5: not well-formed XML: "));
  CHECK(read_value("<string>\xff</string>") ==
        "bad: line 5: not well-formed XML: a byte that may not stand in column 16");
  CHECK(read_value("<string>a & b</string>").starts_with("bad: line 5: not well-formed XML: "));
}

TEST_CASE("Depth and entities are bounded") {
  const auto nested = [](int levels) {
    std::string open, close;
    for (int i = 0; i < levels; ++i) open += "<array><data><value>", close += "</value></data></array>";
    return open + close;
  };
  CHECK_FALSE(read_value(nested(490)).starts_with("bad"));
  CHECK(read_value(nested(100'000)) == "bad: line 5: values nest too deep");
  std::string bomb = "<!DOCTYPE x [<!ENTITY e0 \"lol\">";
  for (int i = 1; i < 12; ++i) {
    bomb += "<!ENTITY e" + std::to_string(i) + " \"";
    for (int j = 0; j < 10; ++j) bomb += "&e" + std::to_string(i - 1) + ";";
    bomb += "\">";
  }
  CHECK(read(bomb + "]><methodResponse><params><param><value>&e11;</value></param></params>"
                    "</methodResponse>") ==
        "bad: line 1: entities that make the answer more than twice as long, beyond 8 MiB");
}

TEST_CASE("Nothing is fetched, and no entity is left out in silence") {
  const std::string document =
      "<methodResponse><params><param><value>&e;</value></param></params></methodResponse>";
  CHECK(read("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>" + document) ==
        "bad: line 1: an entity that stands elsewhere, at \"file:///etc/hostname\", "
        "which is not fetched");
  CHECK(read("<!DOCTYPE a SYSTEM 'http://127.0.0.1/x.dtd'>" + document) ==
        "bad: line 1: an entity that is not declared here: \"e\"");
  CHECK(read("<!DOCTYPE a [<!ENTITY e 'v'>]>" + document) == "\"v\"");
}
