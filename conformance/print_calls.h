/// What a run would send, shown before anybody sends it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "run_case.h"

namespace conformance {

/// The run that is foretold.
struct Plan {
  const Target& target;        ///< is never connected to
  bool placeholder = false;    ///< nobody has named the target's address
  bool spawned = false;        ///< it would be started for the run
  std::string spec;            ///< `auto`, `1.0` or `1.1`
  RunId run;
  std::set<Need> allowed;
  std::vector<const Case*> cases;  ///< in their order
  std::string name_space = cache_namespace;
};

/// Prints every request of the plan: those of the cases and those that the
/// suite sends around them. Both have their bytes from where a run has them.
/// Carriage returns are shown as `\r`, credentials are not.
void print_calls(std::ostream& out, const Plan& plan);

}  // namespace conformance
