#include "call_reader.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "malformed_call.h"
#include "response_writer.h"

using namespace cache_server;

namespace {

/// A call of `m` with one `<param>`.
std::string with_param(const std::string& xml, const std::string& prolog = "") {
  return prolog + "<methodCall><methodName>m</methodName><params><param>" + xml +
         "</param></params></methodCall>";
}

/// The value that `xml`, the inside of a `<param>`, is read as.
Value read(const std::string& xml) {
  const Call call = read_call(with_param(xml));
  REQUIRE(call.params.size() == 1);
  return call.params[0];
}

Value read_typed(const std::string& type, const std::string& text) {
  return read("<value><" + type + ">" + text + "</" + type + "></value>");
}

/// `LINE: MESSAGE`, or `accepted`.
std::string refusal(const std::string& body) {
  try {
    read_call(body);
    return "accepted";
  } catch (const MalformedCall& malformed) {
    CHECK(malformed.line() > 0);
    CHECK(std::string(malformed.what()).find('\n') == std::string::npos);
    const std::string text = malformed.what();
    return std::to_string(malformed.line()) + ": " + text.substr(0, text.find(", in column"));
  }
}

bool is_refused(const std::string& body) { return refusal(body) != "accepted"; }

bool is_refused_typed(const std::string& type, const std::string& text) {
  return is_refused(
      with_param("<value><" + type + ">" + text + "</" + type + "></value>"));
}

double read_double(const std::string& text) {
  return std::get<double>(read_typed("double", text));
}

std::string repeat(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string nested_arrays(int depth) {
  return repeat(depth, "<value><array><data>") + repeat(depth, "</data></array></value>");
}

std::string nested_structs(int depth) {
  return repeat(depth, "<value><struct><member><name>a</name>") +
         "<value><int>1</int></value>" + repeat(depth, "</member></struct></value>");
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
  CHECK(is_refused("<methodCall><methodName>m</methodName></methodCal>"));
  CHECK(
      is_refused("<methodCall><methodName>m</methodName><params><param/></params>"
                 "</methodCall>"));
  CHECK(is_refused("<methodCall a=b><methodName>m</methodName></methodCall>"));
}

TEST_CASE("the last method and the last parameters count, wherever they are") {
  const Call call = read_call(
      "<methodCall><params><param><value>a</value></param></params>"
      "<methodName>m</methodName><id>5</id><params><value>b</value><int>3</int></params>"
      "<x><methodName>n</methodName></x></methodCall>");
  CHECK(call.method == "n");
  CHECK(call.params == Params{"b", 3});
  CHECK(read_call("<methodName>m</methodName>").method == "m");
  CHECK(read_call("<methodResponse a='1'><methodName>m</methodName></methodResponse>")
            .method == "m");
  CHECK(is_refused(
      "<methodCall><methodName>m</methodName><methodName/></methodCall>"));
  CHECK(read_call("<methodCall><methodName>m</methodName><param><value>a</value></param>"
                  "</methodCall>")
            .params.empty());
}

TEST_CASE("10,000 parameters") {
  const Call call =
      read_call("<methodCall><methodName>m</methodName><params>" +
                repeat(10000, "<param><value><i4>7</i4></value></param>") +
                "</params></methodCall>");
  CHECK(call.params == Params(10000, Value(7)));
}

TEST_CASE("text after a child element is nobody's") {
  CHECK(read("<value>abc<string>x<b>y</b>z</string>d<int>5</int></value>") == Value("x"));
  CHECK(read("<value><b>x</b>abc</value>") == Value("x"));
  CHECK(read("<value> <b/>abc</value>") == Value(Nil()));
}

TEST_CASE("an element in a namespace is an unknown one") {
  CHECK(read("<value xmlns:e='urn:e'><e:int>5</e:int></value>") == Value("5"));
  CHECK(read("<value><int xmlns='urn:e'>5</int></value>") == Value("5"));
  CHECK(read("<value xmlns:e='urn:e'><int e:a='1'>5</int></value>") == Value(5));
  CHECK(is_refused("<methodCall xmlns='urn:e'><methodName>m</methodName></methodCall>"));
  CHECK(refusal("<e:a/>") == "1: XML: unbound prefix");
}

TEST_CASE("a declared encoding is ignored: the text is UTF-8") {
  for (const char* encoding : {"UTF-8", "US-ASCII", "ISO-8859-1", "UTF-16", "x-bogus"}) {
    CAPTURE(encoding);
    const std::string prolog =
        "<?xml version='1.0' encoding='" + std::string(encoding) + "'?>\n";
    const std::string value = "<value>\xC3\xA9&#233;&#128512;</value>";
    CHECK(read_call(with_param(value, prolog)).params ==
          Params{"\xC3\xA9\xC3\xA9\xF0\x9F\x98\x80"});
  }
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

TEST_CASE("an error says which element is wrong, and what would be right") {
  const auto problem = [](const std::string& xml) {
    return refusal(with_param("<value>" + xml + "</value>"));
  };
  CHECK(refusal("<methodCall><params><param/></params></methodCall>") ==
        "1: <param> is empty");
  CHECK(refusal("<methodCall/>") == "1: the call names no method");
  CHECK(problem("<array/>") == "1: <array> is empty");
  CHECK(problem("<int/>") == "1: <int> does not hold an integer");
  CHECK(problem("<i4/>") == "1: <i4> does not hold an integer");
  CHECK(problem("<double/>") == "1: <double> does not hold a number");
  CHECK(problem("<dateTime.iso8601/>") ==
        "1: <dateTime.iso8601> does not hold a date and time like 19980717T14:08:55");
  CHECK(problem("<base64>a</base64>") ==
        "1: <base64> does not hold the base64 of text in UTF-8, padded to groups of four");
  CHECK(problem("<struct><member/></struct>") ==
        "1: <struct> has a member that is not exactly a name and a value");
  CHECK(problem("<struct><member><int>1</int><value/></member></struct>") ==
        "1: <struct> has a name that is not text");
}

TEST_CASE("an error is one short line, whatever the tags in the document") {
  const std::string name(1000, 'n');
  for (const std::string& document :
       {std::string("<struct><x xmlns='a&#10;b'/></struct>"),
        "<struct><" + name + "/></struct>",
        "<struct><" + name + "><int>1</int><value/></" + name + "></struct>"}) {
    CAPTURE(document);
    try {
      read_call(document);
      FAIL("accepted");
    } catch (const MalformedCall& malformed) {
      CHECK(std::string(malformed.what()).size() < 80);
      CHECK(std::string(malformed.what()).find('\n') == std::string::npos);
    }
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
    CHECK_NOTHROW(read_typed(type, std::string(4300, '9')));
    CHECK(is_refused_typed(type, std::string(4301, '9')));
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

TEST_CASE("dates must exist, and have the one shape, give or take a leading zero") {
  for (const char* text :
       {"19980717T14:08:55", "20000229T00:00:00", "99991231T23:59:59"}) {
    CHECK(read_typed("dateTime.iso8601", text) == Value(DateTime{text}));
  }
  for (const auto& [text, full] : {std::pair("1998717T14:08:55", "19980717T14:08:55"),
                                   {"19980717T1:2:3", "19980717T01:02:03"},
                                   {"199807 7t00:00:00", "19980707T00:00:00"},
                                   {"1998111T00:00:00", "19981101T00:00:00"},
                                   {"199811T00:00:00", "19980101T00:00:00"},
                                   {"01010101T00:00:00", "01010101T00:00:00"}}) {
    CAPTURE(text);
    CHECK(read_typed("dateTime.iso8601", text) == Value(DateTime{full}));
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
  CHECK(read_typed("base64", "YW=I=") == Value("ab"));  // what a digit follows pads nothing
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
  CHECK(is_refused_typed("struct", "<value><name>a</name><value/></value>"));
  CHECK(is_refused_typed("struct", "<member><int>1</int><value/></member>"));
  CHECK(read_typed("struct", "<x><name>a<b/>c</name><int>1</int></x>") ==
        Value(Struct{{"a", 1}}));
}

TEST_CASE("what nests deeper than can be answered becomes nil") {
  for (const auto nested : {nested_arrays, nested_structs}) {
    CHECK_NOTHROW(write_response(read_call(with_param(nested(491))).params[0]));
    for (const int depth : {492, 5000, 20000}) {
      CAPTURE(depth);
      CHECK_THROWS_AS(write_response(read_call(with_param(nested(depth))).params[0]),
                      Unmarshallable);
    }
  }
}

TEST_CASE("elements nest up to a limit") {
  const std::string too_deep = "1: elements nest deeper than 200000 levels (--max-depth)";
  for (const auto nested : {nested_arrays, nested_structs}) {
    CHECK(refusal(with_param(nested(100000))) == too_deep);
  }
  CHECK(refusal(repeat(200000, "<a>") + repeat(200000, "</a>")) ==
        "1: the call names no method");
  CHECK(refusal(repeat(200001, "<a>") + repeat(200001, "</a>")) == too_deep);
  // methodCall, params, param, value, string
  const std::string call = with_param("<value><string>a</string></value>");
  CHECK_NOTHROW(read_call(call, 5));
  CHECK_THROWS_AS(read_call(call, 4), MalformedCall);
}

TEST_CASE("what is half read when it is refused leaves nothing behind") {
  const std::string begin = "<methodCall><methodName>m</methodName><params><param>";
  const std::string half = repeat(600, "<value><array><data><value>a</value>");
  CHECK(refusal(begin + half) == "1: XML: no element found");
  CHECK(refusal(begin + half + "<value><int/></value>") ==
        "1: <int> does not hold an integer");
}

TEST_CASE("entities of a DOCTYPE are expanded") {
  const std::string doctype =
      "<!DOCTYPE methodCall [<!ENTITY e 'm'><!ENTITY five '<int>5</int>'>]>";
  const Call call = read_call(
      doctype +
      "<methodCall><methodName>&e;.&e;</methodName><params><param><value>&five;</value>"
      "</param></params></methodCall>");
  CHECK(call.method == "m.m");
  CHECK(call.params == Params{5});
  CHECK(refusal(with_param("<value>a</value>", "<!DOCTYPE methodCall SYSTEM 'x.dtd'>")) ==
        "accepted");
}

TEST_CASE("an entity from elsewhere is refused, and nothing is opened") {
  const std::string outside = "file:///dev/null";
  CHECK(refusal(with_param("<value>&e;</value>",
                           "<!DOCTYPE a [<!ENTITY e SYSTEM '" + outside + "'>]>")) ==
        "1: XML: error in processing external entity reference");
  CHECK(refusal(with_param("<value>&e;</value>",
                           "<!DOCTYPE a SYSTEM '" + outside + "'>")) ==
        "1: entity &e; is not declared");
  CHECK(refusal(with_param("<value>&e;</value>", "<!DOCTYPE a [<!ENTITY % p SYSTEM '" +
                                                     outside + "'> %p;]>")) ==
        "1: entity &e; is not declared");
}

TEST_CASE("entities that grow without bounds are refused") {
  std::string bomb = "<!DOCTYPE a [<!ENTITY e0 'lol'>";
  for (int i = 1; i < 10; ++i) {
    bomb += "<!ENTITY e" + std::to_string(i) + " '" +
            repeat(10, "&e" + std::to_string(i - 1) + ";") + "'>";
  }
  CHECK(read_call(with_param("<value>&e2;</value>", bomb + "]>")).params ==
        Params{repeat(100, "lol")});
  CHECK(refusal(with_param("<value>&e9;</value>", bomb + "]>")) ==
        "1: XML: limit on input amplification factor (from DTD and "
        "entities) breached");
  CHECK(is_refused(with_param("<value>" + repeat(100, "&e;") + "</value>",
                              "<!DOCTYPE a [<!ENTITY e '" + std::string(300000, 'x') +
                                  "'>]>")));
  CHECK(refusal(with_param("<value>&a;</value>",
                           "<!DOCTYPE a [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>")) ==
        "1: XML: recursive entity reference");
  std::string chain = "<!DOCTYPE a [<!ENTITY e0 'x'>";
  for (int i = 1; i < 1000; ++i) {
    chain += "<!ENTITY e" + std::to_string(i) + " '&e" + std::to_string(i - 1) + ";'>";
  }
  CHECK(read_call(with_param("<value>&e999;</value>", chain + "]>")).params ==
        Params{"x"});
}

TEST_CASE("what is not well-formed is refused, with its line") {
  const auto problem = [](const std::string& xml) {
    const std::string text = refusal(xml);
    const std::string prefix = ": XML: ";
    const auto at = text.find(prefix);
    REQUIRE(at != std::string::npos);
    return text.substr(0, at + 2) + text.substr(at + prefix.size());
  };
  CHECK(refusal("") == "1: the body is empty");
  CHECK(problem("<!-- only -->\n") == "2: no element found");
  CHECK(problem("<a/>\njunk") == "2: junk after document element");
  CHECK(problem("<a/><![CDATA[x]]>") == "1: junk after document element");
  CHECK(problem("<a/>\n<b/>") == "2: junk after document element");
  CHECK(problem("<a>\n<b>") == "2: no element found");
  CHECK(problem("<a>\n</b></a>") == "2: mismatched tag");
  CHECK(problem("<a b='' b=''/>") == "1: duplicate attribute");
  CHECK(problem("\n<?xml version='1.0'?><a/>") ==
        "2: XML or text declaration not at start of entity");
  CHECK(problem("<a><![CDATA[x") == "1: unclosed CDATA section");
  for (const char* xml :
       {"junk<a/>", "</a>", "<a></a b='c'>", "<a>< b/></a>", "<a b='<'/>", "<a b=c/>",
        "<a>]]></a>", "<a><!-- x", "<a><!-- -- --></a>", "<a><?x", "<!DOCTYPE a [<a/>",
        "<a><!DOCTYPE a></a>"}) {
    CAPTURE(xml);
    CHECK(problem(xml).starts_with("1: "));
  }
}

TEST_CASE("references are checked in text and in attributes") {
  for (const char* reference :
       {"&", "& ", "&;", "&nbsp;", "&#;", "&#x;", "&#X41;", "&#1a;", "&#0;", "&#1;",
        "&#11;", "&#xD800;", "&#55357;&#56832;", "&#xFFFE;", "&#xFFFF;", "&#x110000;",
        "&#99999999999999999999;", "&#-1;"}) {
    CAPTURE(reference);
    CHECK(is_refused(with_param("<value>" + std::string(reference) + "</value>")));
    CHECK(is_refused(with_param("<value a='" + std::string(reference) + "'/>")));
  }
  for (const char* reference : {"&lt;&gt;&amp;&quot;&apos;", "&#9;&#10;&#13;",
                                "&#x1F600;", "&#x10FFFF;", "&#00065;", "&#xFFFD;"}) {
    CAPTURE(reference);
    CHECK(!is_refused(with_param("<value>" + std::string(reference) + "</value>")));
    CHECK(!is_refused(with_param("<value a='" + std::string(reference) + "'/>")));
  }
  CHECK(read("<value><![CDATA[&nope;]]><!-- & --></value>") == Value("&nope;"));
}

TEST_CASE("bytes that are not UTF-8, or not XML's characters, are refused anywhere") {
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80",
        "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xE2\x82", "\xFF"}) {
    for (const auto& [before, after] : {std::pair("<value>\n", "</value>"),
                                        {"<value a='\n", "'/>"},
                                        {"<!--\n", "--><value/>"},
                                        {"<value><![CDATA[\n", "]]></value>"}}) {
      CHECK(refusal(with_param(std::string(before) + bytes + after)) ==
            "2: the document is not in UTF-8");
    }
  }
  for (const std::string& bytes :
       {std::string(1, '\0'), std::string("\x01"), std::string("\x0B"),
        std::string("\x1F"), std::string("\xEF\xBF\xBE"), std::string("\xEF\xBF\xBF")}) {
    CHECK(is_refused(with_param("<value>" + bytes + "</value>")));
    CHECK(is_refused(with_param("<!--" + bytes + "--><value/>")));
    CHECK(is_refused(with_param("<value/>") + bytes));
  }
  const std::string allowed =
      "\x7F\xC2\x80\xEF\xBB\xBF"
      "\xEF\xBF\xBD\xEE\x80\x80\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF";
  CHECK(read("<value>" + allowed + "</value>") == Value(allowed));
}

TEST_CASE("UTF-16 is refused, with a mark and without") {
  const std::string call = with_param("<value>a</value>");
  for (const bool big : {true, false}) {
    std::string wide;
    for (const char c : call) wide += big ? std::string{'\0', c} : std::string{c, '\0'};
    CHECK(refusal(wide) == "1: the document is not in UTF-8");
    CHECK(refusal((big ? "\xFE\xFF" : "\xFF\xFE") + wide) ==
          "1: the document is not in UTF-8");
  }
}
