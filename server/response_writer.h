#pragma once

#include <stdexcept>
#include <string>

#include "fault.h"
#include "value.h"

namespace cache_server {

/// A value that no XML-RPC response can carry. HTTP's answer to it is 500, as a
/// supervisord's is.
class Unmarshallable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The body of the response that carries `result`, in the shape that was recorded from
/// supervisord 4.2.5: UTF-8 as it is, strings typed, every element with an opening and a
/// closing tag (some clients fail without these).
///
/// Doubles are the shortest text that reads back as the same number, as Python prints
/// them: `1.0`, `1e+16`, `-0.0`, `nan`, `inf`. A carriage return is written `&#13;`,
/// which a supervisord leaves raw, so that its clients read a line feed.
///
/// Throws Unmarshallable for nil, for an integer that needs more than 32 bits, and for
/// characters that XML cannot carry; also where these are nested.
std::string write_response(const Value& result);

/// The body of the response that refuses a call. `fault`'s text must be valid UTF-8.
/// Throws Unmarshallable for characters that XML cannot carry.
std::string write_fault(const Fault& fault);

}  // namespace cache_server
