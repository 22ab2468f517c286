#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "value.h"

namespace cache_server {

/// The call that the body of an HTTP POST asks for.
struct Call {
  std::string method;  ///< `cache.store`; never empty, otherwise as it was sent
  Params params;       ///< empty if there is no `<params>`
};

/// How many arrays and structs may be in each other for a value to be answered, as
/// recorded from supervisord 4.2.5 (the XML-RPC specification has no limit). What is
/// deeper becomes nil, which can be stored and never be answered, too. So it bounds the
/// recursion of whatever walks over a Value: to write, copy, compare or destroy it.
inline constexpr std::size_t kDeepestAnswered = 491;

/// How many elements may be in each other, unless somebody says otherwise.
inline constexpr std::size_t kMaxDepth = 200'000;

/// Reads an XML-RPC call, in the way of a supervisord's reader: whatever the root, the
/// last `<methodName>` and the last `<params>` anywhere in the document are the call's.
/// An element becomes a value when it ends. Text after a child element is nobody's, an
/// element in a namespace is an unknown one, attributes mean nothing.
///
/// `body` is the document as it was sent, UTF-8 whatever encoding it declares. It is only
/// read during the call; the Call owns all that it holds. Entities that a DOCTYPE
/// declares are expanded, up to 8 MiB or twice the body; nothing outside the body is ever
/// opened.
///
/// Types, as recorded from supervisord 4.2.5 (scalar.h has the details):
///   string, and no type at all   the text, its blanks included
///   boolean                      true is `1`; everything else is false
///   int, i4, double, dateTime.iso8601, base64
///   array, struct                of a doubled name the last value wins
///   anything else                a string: the text; nil if there is none. `<nil/>` and
///                                `<i8>` are not known to a supervisord either
///
/// Throws MalformedCall for whatever is not a call, holds a value that cannot be read, or
/// nests elements deeper than `max_depth`. Its line is the one where the reader stopped:
/// for an element, that of its end.
///
/// Uses memory in proportion to `body`: three times its size for ordinary calls, twenty
/// times at worst, for one that is nothing but the smallest elements (measured).
Call read_call(std::string_view body, std::size_t max_depth = kMaxDepth);

}  // namespace cache_server
