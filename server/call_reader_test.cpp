#include "call_reader.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "malformed_call.h"

using namespace cache_server;

namespace {

/// The value that `xml`, the inside of a `<param>`, is read as.
Value read(const std::string& xml) {
  const Call call = read_call("<methodCall><methodName>m</methodName><params><param>" +
                              xml + "</param></params></methodCall>");
  REQUIRE(call.params.size() == 1);
  return call.params[0];
}

Value read_typed(const std::string& type, const std::string& text) {
  return read("<value><" + type + ">" + text + "</" + type + "></value>");
}

bool is_refused(const std::string& body) {
  try {
    read_call(body);
    return false;
  } catch (const MalformedCall& malformed) {
    CHECK(malformed.line() > 0);
    CHECK(std::string(malformed.what()).find('\n') == std::string::npos);
    return true;
  }
}

bool is_refused_typed(const std::string& type, const std::string& text) {
  return is_refused("<methodCall><methodName>m</methodName><params><param><value><" +
                    type + ">" + text + "</" + type +
                    "></value></param></params></methodCall>");
}

double read_double(const std::string& text) {
  return std::get<double>(read_typed("double", text));
}

std::string nested_arrays(int depth) {
  std::string xml;
  for (int i = 0; i < depth; ++i) xml += "<value><array><data>";
  for (int i = 0; i < depth; ++i) xml += "</data></array></value>";
  return xml;
}

}  // namespace

TEST_CASE("a call has a method and its parameters in order") {
  const Call call = read_call(
      "<?xml version=\"1.0\"?>\n<methodCall>\n  <methodName>cache.store</methodName>\n"
      "  <params>\n    <param><value><string>a</string></value></param>\n"
      "    <param>\n<value>\n<int>5</int>\n</value>\n</param>\n  "
      "</params>\n</methodCall>\n");
  CHECK(call.method == "cache.store");
  CHECK(call.params == Params{"a", 5});
}

TEST_CASE("the envelope may leave out the parameters") {
  CHECK(read_call("<methodCall><methodName>m</methodName></methodCall>").params.empty());
  CHECK(read_call("<methodCall><methodName>m</methodName><params/></methodCall>")
            .params.empty());
  CHECK(read_call("\xEF\xBB\xBF<methodCall><methodName>m</methodName></methodCall>")
            .method == "m");
  CHECK(
      read_call("<methodCall><methodName> m&#46;<![CDATA[n]]></methodName></methodCall>")
          .method == " m.n");
}

TEST_CASE("what is not a call is refused") {
  CHECK(is_refused(""));
  CHECK(is_refused("this is not xml"));
  CHECK(is_refused("<methodCall/>"));
  CHECK(is_refused("<methodCall><params/></methodCall>"));
  CHECK(is_refused("<methodCall><methodName/></methodCall>"));
  CHECK(is_refused("<methodResponse><methodName>m</methodName></methodResponse>"));
  CHECK(is_refused("<methodCall><methodName>m</methodName></methodCal>"));
  CHECK(
      is_refused("<methodCall><methodName>m</methodName><params><param/></params>"
                 "</methodCall>"));
  CHECK(is_refused("<methodCall a=b><methodName>m</methodName></methodCall>"));
}

TEST_CASE("an error names its line") {
  try {
    read_call(
        "<methodCall>\n<methodName>m</methodName>\n<params><param>\n"
        "<value><int>x</int></value></param></params></methodCall>");
    FAIL("accepted");
  } catch (const MalformedCall& malformed) {
    CHECK(malformed.line() == 4);
    CHECK(std::string(malformed.what()) == "<int> does not hold an integer");
  }
}

TEST_CASE("a string keeps every character, typed or not") {
  for (const std::string text :
       {"", " ", "   ", "\t", "\n", " \n\t ", "  a  b  ", "a>b\"c'd",
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\x7F", "\xC2\xA0"}) {
    CAPTURE(text);
    CHECK(read_typed("string", text) == Value(text));
    CHECK(read("<value>" + text + "</value>") == Value(text));
  }
  CHECK(read("<value/>") == Value(""));
  CHECK(read("<value><string/></value>") == Value(""));
}

TEST_CASE("line ends become LF, but a CR by reference stays") {
  CHECK(read_typed("string", "a\r\nb\rc") == Value("a\nb\nc"));
  CHECK(read_typed("string", "\r\n") == Value("\n"));
  CHECK(read_typed("string", "\r") == Value("\n"));
  CHECK(read_typed("string", "a&#13;b&#xD;&#10;") == Value("a\rb\r\n"));
}

TEST_CASE("text is joined over CDATA, comments and processing instructions") {
  CHECK(read_typed("string", "a<!-- x -->b<![CDATA[<c>&amp;]]>d<?pi?>e") ==
        Value("ab<c>&amp;de"));
  CHECK(read("<value> <!-- x --> </value>") == Value("  "));
  CHECK(read("<value><!-- x --></value>") == Value(""));
  CHECK(read_typed("string", "<![CDATA[]]>") == Value(""));
  CHECK(read_typed("string", " <![CDATA[ ]]> ") == Value("   "));
  CHECK(read_typed("int", "1<!-- x -->2") == Value(12));
}

TEST_CASE("references are decoded") {
  CHECK(read_typed("string", "&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&#128512;") ==
        Value("<>&\"'A\xE2\x82\xAC\xF0\x9F\x98\x80"));
}

TEST_CASE("integers") {
  for (const char* type : {"int", "i4"}) {
    CHECK(read_typed(type, "5") == Value(5));
    CHECK(read_typed(type, "-0") == Value(0));
    CHECK(read_typed(type, "+5") == Value(5));
    CHECK(read_typed(type, "007") == Value(7));
    CHECK(read_typed(type, "\n 5\t") == Value(5));
    CHECK(read_typed(type, "-2147483648") == Value(-2147483648LL));
    CHECK(read_typed(type, "2147483648") == Value(2147483648LL));
    CHECK(read_typed(type, "99999999999999999999") ==
          Value(std::numeric_limits<std::int64_t>::max()));
    CHECK(read_typed(type, "-99999999999999999999") ==
          Value(std::numeric_limits<std::int64_t>::min()));
    for (const char* text : {"", " ", "5.0", "5e3", "0x10", "abc", "--5", "+-5", "+",
                             "5 6", "99999999999999999999x"}) {
      CAPTURE(text);
      CHECK(is_refused_typed(type, text));
    }
  }
}

TEST_CASE("only 1 is true") {
  CHECK(read_typed("boolean", "1") == Value(true));
  for (const char* text : {"0", "2", "true", "", " 1 ", "01"}) {
    CHECK(read_typed("boolean", text) == Value(false));
  }
}

TEST_CASE("doubles") {
  CHECK(read_double("1.5") == 1.5);
  CHECK(read_double(" +1.5\n") == 1.5);
  CHECK(read_double(".5") == 0.5);
  CHECK(read_double("5.") == 5.0);
  CHECK(read_double("1E3") == 1000.0);
  CHECK(read_double("5e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(read_double("1e309") == std::numeric_limits<double>::infinity());
  CHECK(read_double("-1e309") == -std::numeric_limits<double>::infinity());
  CHECK(read_double("1e-400") == 0.0);
  CHECK(std::signbit(read_double("-0.0")));
  CHECK(std::isnan(read_double("nan")));
  CHECK(std::isinf(read_double("-Infinity")));
  CHECK(std::isinf(read_double("INF")));
  for (const char* text :
       {"", "abc", "1,5", "0x1p3", "1d5", "nan(1)", "+-1", "1.5 2", "1e"}) {
    CAPTURE(text);
    CHECK(is_refused_typed("double", text));
  }
}

TEST_CASE("dates must exist, and have the one shape") {
  for (const char* text :
       {"19980717T14:08:55", "20000229T00:00:00", "99991231T23:59:59"}) {
    CHECK(read_typed("dateTime.iso8601", text) == Value(DateTime{text}));
  }
  for (const char* text :
       {"", "19980717", "19990229T12:00:00", "20001301T12:00:00", "20000132T12:00:00",
        "00000101T00:00:00", "19980717T24:00:00", "19980717T14:60:00",
        "19980717T14:00:60", " 19980717T14:08:55", "19980717T14:08:55Z",
        "1998-07-17T14:08:55", "19980717 14:08:55", "+9980717T14:08:55"}) {
    CAPTURE(text);
    CHECK(is_refused_typed("dateTime.iso8601", text));
  }
}

TEST_CASE("base64 becomes a string") {
  CHECK(read_typed("base64", "") == Value(""));
  CHECK(read_typed("base64", "YQ==") == Value("a"));
  CHECK(read_typed("base64", "YWI=") == Value("ab"));
  CHECK(read_typed("base64", "YWJj") == Value("abc"));
  CHECK(read_typed("base64", "\naG Vs\r\nbG8=\n") == Value("hello"));
  CHECK(read_typed("base64", "w6nigqzwn5iA") ==
        Value("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  CHECK(read_typed("base64", "YQBi") == Value(std::string("a\0b", 3)));
  CHECK(read_typed("base64", "YQ==YQ==") == Value("a"));
  for (const char* text : {"gIE=", "aGVsbG8", "A", "_-8=", "YQ=", "7aC9"}) {
    CAPTURE(text);
    CHECK(is_refused_typed("base64", text));
  }
}

TEST_CASE("unknown types are strings, and nil if they are empty") {
  CHECK(read("<value><nil/></value>") == Value(Nil()));
  CHECK(read_typed("nil", "x") == Value("x"));
  CHECK(read_typed("i8", " 5 ") == Value(" 5 "));
  CHECK(read("<value><i8></i8></value>") == Value(Nil()));
  CHECK(read_typed("foo", "bar") == Value("bar"));
  CHECK(read("<value><foo><int>5</int></foo></value>") == Value(Nil()));
}

TEST_CASE("arrays") {
  CHECK(read("<value><array><data/></array></value>") == Value(Array{}));
  CHECK(read("<value><array>\n<data>\n<value>a</value>\n<value><int>1</int></value>\n"
             "<value><array><data><value/></data></array></value>\n</data></array></"
             "value>") == Value(Array{"a", 1, Array{""}}));
  CHECK(read("<value><array><data><int>1</int></data></array></value>") ==
        Value(Array{1}));
  CHECK(is_refused_typed("array", ""));
}

TEST_CASE("structs keep their order, and of a doubled name the last value") {
  const auto member = [](const std::string& name, const std::string& value) {
    return "<member>\n<name>" + name + "</name>\n<value>" + value +
           "</value>\n</member>\n";
  };
  CHECK(read_typed("struct", "") == Value(Struct{}));
  CHECK(read_typed("struct", member("b", "1") + member(" a ", "2") + member("b", "3")) ==
        Value(Struct{{"b", "3"}, {" a ", "2"}}));
  CHECK(read_typed("struct", member("", "1")) == Value(Struct{{"", "1"}}));
  CHECK(is_refused_typed("struct", "<member></member>"));
  CHECK(is_refused_typed("struct", "<member><name>a</name></member>"));
  CHECK(is_refused_typed("struct", "<member><name>a</name><value/><value/></member>"));
}

TEST_CASE("a value that is too deep is refused, and nothing breaks") {
  CHECK(read(nested_arrays(31)) != Value(""));
  const std::string begin = "<methodCall><methodName>m</methodName><params><param>";
  const std::string end = "</param></params></methodCall>";
  CHECK(is_refused(begin + nested_arrays(100000) + end));
  std::string open;
  for (int i = 0; i < 100000; ++i) open += "<a>";
  CHECK(is_refused(open));
}

TEST_CASE("an entity of a DOCTYPE is not expanded") {
  const std::string doctype = "<!DOCTYPE methodCall [<!ENTITY e 'm'>]>";
  CHECK(
      read_call(doctype + "<methodCall><methodName>m</methodName></methodCall>").method ==
      "m");
  CHECK(is_refused(doctype + "<methodCall><methodName>&e;</methodName></methodCall>"));
}
