/// What people read of one case: all that is needed to understand a failure,
/// and to see it again.
#pragma once

#include <iosfwd>
#include <string>

#include "run.h"

namespace conformance {

/// A failure, a warning or a skip as text of several lines: what was
/// demanded, by which document, why it matters, what came instead, the
/// exchange, and how to do it again. It begins with the verdict, in capitals.
/// `again` is the command that runs the suite with the same target and rules,
/// to which the case's id is added.
std::string explain(const Judged& judged, const std::string& again);

/// What is wrong, in one line: the problem, and the first difference.
std::string brief_reason(const Result& result);

/// The statements that a case cites, what goes wrong where they are broken,
/// and what the case is good for.
void explain_sources(std::ostream& out, const Case& given);

/// A path as it is reached from here, where that is shorter, and the line.
std::string near(const Place& place);

}  // namespace conformance
