#include "response_writer.h"

#include <tinyxml2.h>

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

using namespace cache_server;

namespace {

/// What is written between `<value>` and `</value>`.
std::string written(const Value& value) {
  const std::string begin =
      "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>";
  const std::string end = "</value>\n</param>\n</params>\n</methodResponse>\n";
  const std::string xml = write_response(value);
  REQUIRE(xml.starts_with(begin));
  REQUIRE(xml.ends_with(end));
  return xml.substr(begin.size(), xml.size() - begin.size() - end.size());
}

/// The text of an element that holds no other.
std::string text_in(const tinyxml2::XMLElement& element) {
  CHECK(element.FirstChildElement() == nullptr);
  return element.GetText() != nullptr ? element.GetText() : "";
}

/// The value of a `<value>`, as a client reads it: by its one typed child.
Value read_back(const tinyxml2::XMLElement& value) {
  REQUIRE(std::string_view(value.Name()) == "value");
  const tinyxml2::XMLElement* typed = value.FirstChildElement();
  REQUIRE(typed != nullptr);
  CHECK(typed->NextSiblingElement() == nullptr);
  const std::string_view type = typed->Name();
  if (type == "string") return text_in(*typed);
  if (type == "dateTime.iso8601") return DateTime{text_in(*typed)};
  if (type == "boolean") return text_in(*typed) == "1";
  if (type == "int") return std::int64_t{std::stoll(text_in(*typed))};
  if (type == "double") return std::strtod(text_in(*typed).c_str(), nullptr);
  if (type == "array") {
    const tinyxml2::XMLElement* data = typed->FirstChildElement("data");
    REQUIRE(data != nullptr);
    Array items;
    for (auto* item = data->FirstChildElement(); item != nullptr;
         item = item->NextSiblingElement()) {
      items.push_back(read_back(*item));
    }
    return items;
  }
  REQUIRE(type == "struct");
  Struct members;
  for (auto* member = typed->FirstChildElement("member"); member != nullptr;
       member = member->NextSiblingElement("member")) {
    const tinyxml2::XMLElement* name = member->FirstChildElement("name");
    REQUIRE(name != nullptr);
    members.push_back({text_in(*name), read_back(*name->NextSiblingElement())});
  }
  return members;
}

/// `value`, written and read by a parser that is not the one of our calls.
Value round_trip(const Value& value) {
  tinyxml2::XMLDocument document;
  const std::string xml = write_response(value);
  REQUIRE(document.Parse(xml.data(), xml.size()) == tinyxml2::XML_SUCCESS);
  const tinyxml2::XMLElement* element = document.RootElement();
  for (const char* name : {"params", "param", "value"}) {
    REQUIRE(element != nullptr);
    element = element->FirstChildElement(name);
  }
  REQUIRE(element != nullptr);
  return read_back(*element);
}

}  // namespace

TEST_CASE("another parser reads what was written") {
  for (const Value& value :
       {Value(true), Value(false), Value(0), Value(-2147483648LL), Value(2147483647),
        Value(0.1), Value(-1.5e-300), Value(1e16), Value(DateTime{"19980717T14:08:55"}),
        Value(Array{}), Value(Struct{}), Value(Array{1, "1", true, 1.0, Array{""}}),
        Value(Struct{{"", ""}, {" <b> ", Array{Struct{{"&", "\r"}}}}, {"a", 5}})}) {
    CHECK(round_trip(value) == value);
  }
  CHECK(std::signbit(std::get<double>(round_trip(-0.0))));
}

TEST_CASE("another parser reads every character of a string") {
  // tinyxml2 drops text that is nothing but raw blanks, so something is around them.
  for (const std::string blanks :
       {"", " ", "  ", "\t", "\n", "\r", "\r\n", " \r\n\t "}) {
    for (const std::string& text : {"a" + blanks, blanks + "a", "a" + blanks + "b"}) {
      CAPTURE(text);
      CHECK(round_trip(text) == Value(text));
    }
  }
  for (const std::string text :
       {"", "\r", "<&>\"'", "&amp;", "&#13;", "]]>", "<![CDATA[x]]>", "<!-- x -->",
        "\x7F", "\xC2\xA0", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBD"}) {
    CAPTURE(text);
    CHECK(round_trip(text) == Value(text));
    CHECK(round_trip(Struct{{text, 1}}) == Value(Struct{{text, 1}}));
  }
}

TEST_CASE("another parser reads nested arrays and structs") {
  // Three elements a level; tinyxml2 takes a hundred.
  Value arrays = "a";
  Value structs = "a";
  for (int level = 0; level < 31; ++level) {
    arrays = Array{std::move(arrays)};
    structs = Struct{{"a", std::move(structs)}};
  }
  CHECK(round_trip(arrays) == arrays);
  CHECK(round_trip(structs) == structs);
}

TEST_CASE("scalars are written with their type") {
  CHECK(written("") == "<string></string>");
  CHECK(written(" a ") == "<string> a </string>");
  CHECK(written(true) == "<boolean>1</boolean>");
  CHECK(written(false) == "<boolean>0</boolean>");
  CHECK(written(-2147483648LL) == "<int>-2147483648</int>");
  CHECK(written(2147483647) == "<int>2147483647</int>");
  CHECK(written(DateTime{"19980717T14:08:55"}) ==
        "<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>");
}

TEST_CASE("text is UTF-8, and escaped only where it must be") {
  CHECK(written("<&>\"'\xC3\xA9\n\t\r\x7F") ==
        "<string>&lt;&amp;&gt;\"'\xC3\xA9\n\t&#13;\x7F</string>");
}

TEST_CASE("doubles are as short as they can be") {
  const auto text = [](double value) {
    const std::string xml = written(value);
    return xml.substr(8, xml.size() - 17);
  };
  CHECK(text(0.0) == "0.0");
  CHECK(text(-0.0) == "-0.0");
  CHECK(text(1.0) == "1.0");
  CHECK(text(0.1) == "0.1");
  CHECK(text(-1.5) == "-1.5");
  CHECK(text(1e15) == "1000000000000000.0");
  CHECK(text(1e16) == "1e+16");
  CHECK(text(9007199254740992.0) == "9007199254740992.0");
  CHECK(text(0.0001) == "0.0001");
  CHECK(text(0.00001) == "1e-05");
  CHECK(text(1e22) == "1e+22");
  CHECK(text(123456789.123456789) == "123456789.12345679");
  CHECK(text(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(text(5e-324) == "5e-324");
  CHECK(text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(text(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(text(-std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("arrays and structs have the shape of a supervisord's") {
  CHECK(written(Array{}) == "<array><data>\n</data></array>");
  CHECK(written(Array{1, "u"}) ==
        "<array><data>\n<value><int>1</int></value>\n"
        "<value><string>u</string></value>\n</data></array>");
  CHECK(written(Struct{}) == "<struct>\n</struct>");
  CHECK(written(Struct{{"<b>", 1}, {"a", Array{}}}) ==
        "<struct>\n<member>\n<name>&lt;b&gt;</name>\n<value><int>1</int></value>\n"
        "</member>\n<member>\n<name>a</name>\n<value><array><data>\n</data></array></"
        "value>\n"
        "</member>\n</struct>");
}

TEST_CASE("what XML-RPC cannot carry is not written, nested either") {
  for (const Value& value : {Value(Nil()), Value(2147483648LL), Value(-2147483649LL),
                             Value(std::string(1, '\0')), Value("\x01"),
                             Value("\xEF\xBF\xBF"), Value(Struct{{"\x1F", 1}})}) {
    CHECK_THROWS_AS(write_response(value), Unmarshallable);
    CHECK_THROWS_AS(write_response(Array{1, Struct{{"a", value}}}), Unmarshallable);
  }
}

TEST_CASE("a fault is a struct of code and text") {
  CHECK(write_fault(Fault(FaultCode::BAD_NAME, "<x>")) ==
        "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n"
        "<name>faultCode</name>\n<value><int>10</int></value>\n</member>\n<member>\n"
        "<name>faultString</name>\n<value><string>BAD_NAME: &lt;x&gt;</string></value>\n"
        "</member>\n</struct></value>\n</fault>\n</methodResponse>\n");
}
