/// Compares an answer with what a case expects of it: fixtures/README.md,
/// "Expectations".
#pragma once

#include <optional>
#include <string>

#include "notation.h"

namespace conformance {

/// The first place where an answer is not what was expected.
struct Difference {
  std::string path;      ///< `[2].name` from the value downwards; empty for the value itself
  std::string expected;  ///< one line each, for people
  std::string actual;
};

/// `expected` and `actual` are expanded notation (see expand); only
/// `expected` may hold matchers. `names` says which keys of a list are the
/// case's own. Nothing is returned for a match.
std::optional<Difference> first_difference(const Json& expected, const Json& actual,
                                           const Names& names);

/// Whether a fault, `{"code": int, "string": string}`, is the one expected:
/// `true` for any, or an object that names code, string or both.
std::optional<Difference> fault_difference(const Json& expected, const Json& fault,
                                           const Names& names);

}  // namespace conformance
