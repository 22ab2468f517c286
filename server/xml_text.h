#pragma once

#include <cstddef>
#include <string_view>

namespace cache_server {

/// Blanks as XML knows them: space, tab, line feed, carriage return.
inline constexpr std::string_view kXmlBlanks = " \t\n\r";

/// Whether XML 1.0 can carry the code point (XML 1.0, 2.2, Char): no control characters
/// but tab, LF and CR, no surrogates, not U+FFFE and U+FFFF, nothing over U+10FFFF.
bool is_xml_character(char32_t code_point);

/// The offset of the first byte that does not belong to valid UTF-8, or npos. Refuses
/// overlong forms, surrogates and everything above U+10FFFF.
std::size_t find_invalid_utf8(std::string_view text);

/// The offset of the first character that XML 1.0 cannot carry, or npos. `utf8` must be
/// valid UTF-8.
std::size_t find_non_xml_character(std::string_view utf8);

}  // namespace cache_server
