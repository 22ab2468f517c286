/// Holds an answer, or its absence, against an expectation: fixtures/README.md,
/// "Expectations".
#pragma once

#include <optional>
#include <string>

#include "connection.h"
#include "case.h"
#include "matcher.h"
#include "response_reader.h"

namespace conformance {

/// What is wrong, in one line, and where two values differ.
struct Problem {
  std::string message;
  Difference difference;
};

/// What came of a request: an answer, or the reason why there is none.
struct Outcome {
  std::optional<HttpAnswer> answer;
  std::optional<ConnectionError> error;
  Connection* connection = nullptr;  ///< that the answer came on, to see it closed
  Deadline deadline;
  /// What is known already, and then not looked at again: what the answer's
  /// body says, and whether the connection was closed behind it.
  std::optional<Reply> reply{};
  std::optional<bool> closed{};
};

/// Nothing is returned if the outcome is as expected. May wait, until the
/// outcome's deadline, for the connection to be closed.
std::optional<Problem> judge(const Expectation& expected, const Outcome& outcome,
                             const Names& names);

/// A set-up step succeeds with any answer that is not a fault.
std::optional<Problem> judge_setup(const Outcome& outcome);

}  // namespace conformance
