/// Runs one case against the target and judges it. Knows nothing of Catch2.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "case.h"
#include "doubt.h"
#include "exchange.h"
#include "known_failures.h"
#include "matcher.h"
#include "target.h"

namespace conformance {

enum class Verdict {
  passed,
  failed,
  blocked,  ///< a set-up step failed, or the look at the cache before; counts as a failure
  warned,   ///< failed, but the case's level does not decide: see Settings::strict
  skipped,  ///< needs what was not allowed, or cannot be had
  expected_failure,  ///< failed, blocked or warned, and the case is listed as known to fail
  unexpected_pass,   ///< such a case passed; counts as a failure
};

/// Every verdict, in the order of the documentation.
inline constexpr Verdict all_verdicts[] = {
    Verdict::passed,  Verdict::failed,           Verdict::blocked,        Verdict::warned,
    Verdict::skipped, Verdict::expected_failure, Verdict::unexpected_pass};

std::string_view name_of(Verdict verdict);
/// Whether it decides that the run has failed.
bool fails_the_run(Verdict verdict);

struct Result {
  Verdict verdict = Verdict::passed;
  Place place;            ///< of the step that decided, or of the case
  std::string problem;    ///< one line: what is wrong, or why it was skipped
  Difference difference;  ///< empty where nothing was compared
  std::vector<Exchange> exchanges;
  std::string target_output;  ///< last lines of a spawned target, for a failure
  bool timed_out = false;     ///< an answer did not come in time, or the deadline was reached
  bool unanswered = false;    ///< it ended at a step to which no whole answer came
  bool crashed = false;       ///< a spawned target ended by itself
  const KnownFailure* known = nullptr;  ///< the entry that lists the case, expired or not
  std::optional<Doubts> doubts;         ///< of a case that passed, if the run doubts
  std::chrono::duration<double> duration{};
};

/// What holds for all cases of a run.
struct Settings {
  RunId run;
  std::set<Need> allowed;
  bool strict = false;
  std::chrono::milliseconds timeout{10'000};  ///< for one answer
  Deadline deadline = Deadline::max();        ///< of the whole run
  std::string password_source;                ///< see curl_line
  bool doubt = false;                         ///< see doubt.h
  std::string name_space = cache_namespace;   ///< see Fixtures::name_space
  bool name_space_assumed = false;            ///< somebody's own fixtures name none
  bool bundled = false;                       ///< the target is the cache-server that came with the suite

  /// Whether the cases are about a cache, whose keys the suite can list.
  bool is_cache() const { return name_space == cache_namespace; }

  /// Until the deadline; never negative.
  std::chrono::milliseconds time_left() const;
  /// How long the next answer may take, within both.
  std::chrono::milliseconds patience() const;
};

/// Why a run that allows this skips the case, whatever the target; empty if it
/// does not.
std::string why_not_allowed(const Case& given, const std::set<Need>& allowed, bool spawned);

/// The calls that delete, after a case, what it may have stored.
std::vector<CallStep> clean_up_calls(const Case& given, const Names& names);

/// Never throws for what the target does; a target that cannot be reached is
/// a failed case (see Run for what follows from it). Throws Interrupted,
/// TargetError if a spawned target does not come back from a restart.
///
/// What the case stored is deleted again, whatever the verdict.
Result run_case(const Case& given, Target& target, const Settings& settings);

}  // namespace conformance
