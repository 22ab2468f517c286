#pragma once

#include <cstddef>
#include <string_view>

namespace cache_server {

/// The offset of the first byte that does not belong to valid UTF-8, or npos. Refuses
/// overlong forms, surrogates and everything above U+10FFFF.
std::size_t find_invalid_utf8(std::string_view text);

/// The offset of the first character that XML 1.0 cannot carry (2.2, Char), or npos: a
/// control character but tab, LF and CR, U+FFFE, U+FFFF. `utf8` must be valid UTF-8.
std::size_t find_non_xml_character(std::string_view utf8);

}  // namespace cache_server
