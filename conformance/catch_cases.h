/// Cases as tests of Catch2: the only place that knows its internals.
#pragma once

#include <string>
#include <vector>

#include "fixture.h"
#include "preflight.h"
#include "run.h"

namespace Catch {
class Session;
}

namespace conformance {

/// What the tests run in, for as long as the session runs.
struct CatchRun {
  Run* run = nullptr;
  const Fixtures* fixtures = nullptr;
  Preflight seen;
  std::string again;  ///< see explain(); tells nothing of a user
  std::string as_user;  ///< what has to go behind that, if there is one
  bool require_all = false;
  std::vector<std::string> filter;  ///< as given
  std::string lost_report{};        ///< one of ours that could not be written to its end
  Json options;                ///< for run_line, without Catch2's own
  std::optional<int> status{};  ///< of the program, from the end of the run on
  std::size_t selected = 0;    ///< how many cases the run is to have
  bool owns_terminal = false;  ///< stdout is one, and nobody else reports there
  /// A case without steps that has failed already: the target would not tell
  /// its spec. It fails the run whatever the filter selects.
  const Case* undecided = nullptr;
};

/// Registers each case as a test: its name is the id, its place the
/// fixture's, its tags are level, suite, statements and needs. `cases` has to
/// stay where it is.
void register_cases(const std::vector<const Case*>& cases);

/// The registered cases that a run would run, in the same order: filters,
/// order and shards are those of the session's command line.
std::vector<const Case*> selected_cases(Catch::Session& session,
                                        const std::vector<const Case*>& registered);

/// Chooses our own reporter, `kit`, unless the command line names others, and no colours where
/// NO_COLOR or the terminal asks for none and --colour-mode for nothing. Call it before the
/// session is run.
void choose_reporter(Catch::Session& session);

/// Makes the files that reports go to, and empties them: what an earlier run
/// has left there is not taken for this one's. Throws UsageError for one that
/// cannot be written.
void open_reports(Catch::Session& session);

/// Throws UsageError if the filter selects no test; `what` says of which
/// cases. Of an id that is none of `known`, it names the nearest. A shard
/// without tests is another matter.
void require_match(Catch::Session& session, const std::string& what, const std::vector<Case>& known);

/// Runs the selected tests, of which there are some, and sees to the end of
/// the run. Returns the program's exit status, having said on stderr why if
/// it is one that no case has brought about.
int run_cases(Catch::Session& session, CatchRun& context);

}  // namespace conformance
