/// Cases as tests of Catch2: the only place that knows its internals.
#pragma once

#include <string>
#include <vector>

#include "preflight.h"
#include "run.h"

namespace Catch {
class Session;
}

namespace conformance {

/// What the tests run in, for as long as the session runs.
struct CatchRun {
  Run* run = nullptr;
  Preflight seen;
  std::string again;  ///< see explain()
  bool require_all = false;
  /// A case without steps that has failed already: the target would not tell
  /// its spec. It fails the run whatever the filter selects.
  const Case* undecided = nullptr;
};

/// Registers each case as a test: its name is the id, its place the
/// fixture's, its tags are level, suite, statements and needs. `cases` has to
/// stay where it is.
void register_cases(const std::vector<const Case*>& cases);

/// Chooses our own reporter, `kit`, unless the command line names others.
/// Call it before the session is run.
void choose_reporter(Catch::Session& session);

/// Runs the selected tests. Returns false, having said why on stderr, if none
/// could be run: the filter selects none, a report cannot be written.
bool run_cases(Catch::Session& session, CatchRun& context);

}  // namespace conformance
