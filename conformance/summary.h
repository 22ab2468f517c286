/// The end of a run, for people: what it was aimed at and what came of it, on
/// one screen of 24 lines and 80 columns. Failures have been told by then.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "preflight.h"
#include "run.h"

namespace conformance {

/// In which order the cases were run, and which share of them.
struct Order {
  std::string name = "decl";  ///< as --order has it
  std::uint32_t seed = 0;
  unsigned shard_count = 1;
  unsigned shard_index = 0;
};

/// What was left out and why, warnings by the statement that they touch, failures that were
/// expected, then target and counts by level. Warnings and expected failures are summed up where
/// they would fill more than the screen, and it is said where the rest is.
void print_summary(std::ostream& out, const Run& run, const Preflight& seen, const Order& order);

/// `PASSED: 710 cases, and 2 left out in 2.14 s`: the last line of a run. It begins with the
/// verdict, in capitals.
std::string verdict_line(const Run& run, bool require_all);

}  // namespace conformance
