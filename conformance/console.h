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

/// The end of a run: target, counts by level, what was left out and why,
/// warnings.
void print_summary(std::ostream& out, const Run& run, const Preflight& seen, bool require_all);

}  // namespace conformance
