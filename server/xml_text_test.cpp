#include "xml_text.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace cache_server {

TEST_CASE("Bytes that are not UTF-8 are found where they begin") {
  CHECK(find_invalid_utf8("a\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") ==
        std::string_view::npos);
  // A first byte, then one that cannot be its second: ASCII, another first byte, out of its own bounds, none.
  for (const std::string bad : {"\xE9t", "\xC3(", "\xE9\xE9", "\xE0\x9F\x80", "\xED\xA0\x80", "\xF0\x8F\x80\x80",
                                "\xF4\x90\x80\x80", "\xE9"}) {
    CAPTURE(bad);
    CHECK(find_invalid_utf8("ab" + bad) == 2);
  }
  for (const std::string bad : {"\xE2\x82(", "\xE2\x82", "\xF0\x9F\x98(", "\x80", "\xC1\xBF", "\xF5\x80\x80\x80"}) {
    CAPTURE(bad);
    CHECK(find_invalid_utf8("ab" + bad) == 2);
  }
}

TEST_CASE("Characters that XML cannot carry are found where they begin") {
  CHECK(find_non_xml_character("\t\n\r \x7F\xEF\xBF\xBD") == std::string_view::npos);
  for (const std::string bad : {"\x01", "\x08", "\x0B", "\x1F", "\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    CAPTURE(bad);
    CHECK(find_non_xml_character("ab" + bad + "\x01") == 2);
  }
}

}  // namespace cache_server
