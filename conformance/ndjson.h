/// What came of a run, for programs: the lines of fixtures/README.md, "Results".
#pragma once

#include <string>

#include "fixture.h"
#include "preflight.h"
#include "run.h"

namespace conformance {

/// These return one object of JSON as a line, with its end. What is not UTF-8
/// in a text is replaced.

/// `options` is an object of what else decides verdicts; `again`: see explain().
std::string run_line(const Run& run, const Fixtures& fixtures, const Preflight& seen,
                     const Json& options, const std::string& again);
/// `with_repeat`: whether the commands that send a request again are told; they name the
/// user, if the target has one.
std::string case_line(const Judged& judged, const Fixtures& fixtures, bool with_repeat);
/// What came of doubting a case.
std::string doubt_line(const Judged& judged, const Fixtures& fixtures);
/// `status` is what the program will exit with.
std::string end_line(const Run& run, int status, std::chrono::duration<double> duration);

}  // namespace conformance
