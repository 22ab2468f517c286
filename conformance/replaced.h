/// A text with something else in place of each part of it.
#pragma once

#include <string>

namespace conformance {

/// `text` with `by` wherever `part` stands, which must not be empty; from the
/// left, and what was put in is not looked at again.
std::string replaced(const std::string& text, const std::string& part, const std::string& by);

}  // namespace conformance
