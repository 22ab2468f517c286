#pragma once

#include <string>
#include <string_view>

#include "value.h"

namespace cache_server {

/// The call that the body of an HTTP POST asks for.
struct Call {
  std::string method;  ///< `cache.store`; never empty, otherwise as it was sent
  Params params;       ///< empty if there is no `<params>`
};

/// Reads an XML-RPC `<methodCall>`.
///
/// `body` is the document as it was sent, UTF-8 whatever encoding it declares. It is only
/// read during the call; the Call owns all that it holds. Elements may nest as deep as
/// tinyxml2 allows (100 levels, which is 31 arrays in each other, in its version 9).
///
/// Types, as recorded from supervisord 4.2.5:
///   string, and no type at all   the text, its blanks included
///   int, i4                      blanks around are skipped; wider than 32 bits is read
///   boolean                      true is `1`; everything else is false
///   double                       decimal, `nan`, `inf`; never hexadecimal
///   dateTime.iso8601             `YYYYMMDDTHH:MM:SS`, a date that exists
///   base64                       a string: the decoded bytes, which must be UTF-8
///   array, struct                of a doubled name the last value wins
///   anything else                a string: the text; nil if there is none. `<nil/>` and
///                                `<i8>` are not known to a supervisord either
///
/// Throws MalformedCall for whatever is not a call, or holds a value that cannot be read.
Call read_call(std::string_view body);

}  // namespace cache_server
