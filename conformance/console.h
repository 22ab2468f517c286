/// What people read of a run: failures in full, and the summary.
#pragma once

#include <iosfwd>
#include <string>

#include "preflight.h"
#include "run.h"

namespace conformance {

/// A failure, a warning or a skip as text of several lines: what was
/// demanded, by which document, why it matters, what came instead, the
/// exchange, and how to do it again. `again` is the command that runs the
/// suite with the same target and rules, to which the case's id is added.
std::string explain(const Judged& judged, const std::string& again);

/// The statements that a case cites, what goes wrong where they are broken,
/// and what the case is good for.
void explain_sources(std::ostream& out, const Case& given);

/// A path as it is reached from here, where that is shorter, and the line.
std::string near(const Place& place);

/// The end of a run: target, counts by level, what was left out and why,
/// warnings.
void print_summary(std::ostream& out, const Run& run, const Preflight& seen, bool require_all);

}  // namespace conformance
