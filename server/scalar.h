#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "value.h"

namespace cache_server {

/// What the text of an XML-RPC scalar stands for, or nothing if it does not fit the type.
/// What fits was recorded from supervisord 4.2.5.

/// `int`, `i4`: decimal, with blanks around and either sign, of 4,300 digits at most.
/// Beyond 64 bits it is the nearest integer that fits.
std::optional<Value> read_integer(std::string_view text);

/// `double`: decimal, `nan` or `inf`, with blanks around and either sign; never
/// hexadecimal.
std::optional<Value> read_double(std::string_view text);

/// `dateTime.iso8601`: `YYYYMMDDTHH:MM:SS`, a date that exists. All but the year may be
/// one digit, as Python's strptime takes it; the DateTime always has two.
std::optional<Value> read_date_time(const std::string& text);

/// `base64`: a string, the decoded bytes, which must be UTF-8.
std::optional<Value> read_base64(std::string_view text);

}  // namespace cache_server
