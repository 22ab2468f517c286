#pragma once

#include <string>
#include <string_view>

#include "call_reader.h"
#include "value.h"

namespace cache_server {

/// A call as a line of a log: `cache.store("key", "value")`. Cut short with `…` where it
/// is long, so that it has some 200 characters at most; what could break a line or a
/// terminal is escaped.
std::string text_of(const Call& call);

/// Any bytes in the same way: escaped, and cut.
std::string printable(std::string_view bytes);

/// A value in the same way: `true`, `5`, `"text"`, `[1, 2]`, `{"a": 1}`, `nil`,
/// `20260102T03:04:05`.
std::string text_of(const Value& value);

}  // namespace cache_server
