/// Writes one XML-RPC call as the XML document that is posted.
#pragma once

#include <string>

#include "located_json.h"

namespace conformance {

/// `params` is an array of expanded notation (see expand); bytes of a string
/// that are not UTF-8 are written as they are. The document is one line after
/// the XML declaration; every string is typed; a carriage return is written
/// `&#13;`, since a parser turns a bare one into a line feed.
std::string write_call(const std::string& method, const Json& params);

}  // namespace conformance
