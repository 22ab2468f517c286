#include "response_writer.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <string>

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

}  // namespace

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
