/// What has to be known of a target before the first case.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run_case.h"

namespace conformance {

struct Preflight {
  std::string spec;  ///< `1.0` or `1.1`: given, or found
  bool found = false;
  /// Why it could not be told, where the target answered the question with
  /// neither true nor a fault; the run goes on with 1.0, and fails.
  std::string undecided;
  /// The cache holds keys that a killed run has left.
  std::size_t left_over = 0;
};

/// Looks whether the target can be judged at all and, for the spec `auto`,
/// which of the two it keeps to: it stores an integer under a key of this
/// run. True means 1.1, a fault means 1.0.
///
/// Throws TargetError with one sentence that says what to do: nobody there, a
/// password asked for, HTML where XML-RPC belongs, always an error, no
/// `cache` namespace. Throws Interrupted.
Preflight look_at(Target& target, const std::string& spec, const Settings& settings);

/// Deletes the keys that runs of this suite have left, whichever run it was,
/// and nothing else. Returns how many.
std::size_t sweep_left_over(Target& target, const Settings& settings);

}  // namespace conformance
