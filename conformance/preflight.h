/// What has to be known of a target before the first case.
#pragma once

#include <functional>
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
  /// What the target says of itself, each empty if it does not: the answer to
  /// getAPIVersion, and the `Server` header beside that.
  std::string api_version, server;
  /// The cache holds keys that a killed run has left.
  std::size_t left_over = 0;
};

/// The calls that look_at makes, none of which changes anything: to see whether
/// the namespace is there. And those for the spec `auto`, to find out which one
/// a cache keeps to.
std::vector<CallStep> first_calls(const std::string& name_space);
struct SpecCalls {
  CallStep store;
  CallStep remove;
};
SpecCalls spec_calls(const RunId& run);

/// Looks whether the target can be judged at all and, for the spec `auto`,
/// which of the two it keeps to: it stores an integer under a key of this
/// run. True means 1.1, a fault means 1.0. Only a cache is asked for its spec.
///
/// A namespace that does not tell its version and is not in the target's list
/// of methods is missing. Where there is no such list either, the cases will tell.
///
/// Throws TargetError with one sentence that says what to do, and in which no
/// password is: nobody there, a socket that may not be opened, a password
/// asked for, HTML or a redirection where XML-RPC belongs, always an error, a
/// supervisord that shuts down, a missing namespace. Throws Interrupted.
Preflight look_at(Target& target, const std::string& spec, const Settings& settings);

/// Deletes the keys that runs of this suite have left, whichever run it was,
/// and nothing else; `deleted` hears of each. Returns how many. Throws
/// TargetError, as look_at, and where the keys are not listed or not deleted.
std::size_t sweep_left_over(Target& target, const Settings& settings,
                            const std::function<void(const std::string&)>& deleted);

}  // namespace conformance
