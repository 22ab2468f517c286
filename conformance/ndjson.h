/// What came of a run, for programs: the lines of fixtures/README.md, "Results".
#pragma once

#include <string>

#include "fixture.h"
#include "run.h"

namespace conformance {

/// These return one object of JSON as a line, with its end. What is not UTF-8
/// in a text is replaced.

/// `options` is an object of what else decides verdicts.
std::string run_line(const Run& run, const Fixtures& fixtures, const std::string& spec,
                     const Json& options);
std::string case_line(const Judged& judged, const Fixtures& fixtures);
/// What came of doubting a case.
std::string doubt_line(const Judged& judged, const Fixtures& fixtures);
/// `status` is what the program will exit with.
std::string end_line(const Run& run, int status, std::chrono::duration<double> duration);

}  // namespace conformance
