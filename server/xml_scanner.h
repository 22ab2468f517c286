#pragma once

#include <string>
#include <string_view>

namespace cache_server {

/// Checks what tinyxml2 does not, and returns the document in a form that tinyxml2 reads
/// without loss. Its leftovers (do tags match, is an attribute well-formed, how deep
/// may elements nest) are for tinyxml2's own parser.
///
/// Refused: invalid UTF-8; characters that XML 1.0 cannot carry, raw or by reference;
/// a bare `&` and entities but the five predefined ones; `]]>` in text; a second root;
/// text outside the root; anything unclosed.
///
/// Changed: text that is nothing but blanks, where it could be a value, gets its first
/// blank as a character reference, since tinyxml2 would drop it. The byte order mark,
/// the XML declaration, processing instructions and the DOCTYPE are left out. So the
/// declared encoding is ignored, as a supervisord does, and an entity that a DOCTYPE
/// declares is never expanded: one that is used is refused, which a supervisord would
/// expand.
///
/// `body` is only read during the call. Throws MalformedCall.
std::string scan_xml(std::string_view body);

}  // namespace cache_server
