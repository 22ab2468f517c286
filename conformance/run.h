/// One run of the suite: its cases one after the other, what came of each,
/// and what all of it means for the exit status.
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "run_case.h"

namespace conformance {

/// A case and what came of it.
struct Judged {
  const Case* given;
  Result result;
};

class Run {
 public:
  /// `target`, `known` and the cases have to outlive the Run.
  Run(Target& target, Settings settings, const KnownFailures& known)
      : target_(target), settings_(std::move(settings)), known_(known) {}

  /// Runs a case and keeps its result, which stays where it is. Once the run
  /// cannot go on (see unjudged), every further case is skipped.
  const Judged& judge(const Case& given);

  /// Keeps a result that was found otherwise, after a look at the known failures.
  const Judged& record(const Case& given, Result result);

  /// In the order in which they were run.
  const std::deque<Judged>& judged() const { return judged_; }
  /// Of all cases whose verdict this is.
  std::size_t count(Verdict verdict) const;
  /// Of all cases that fail the run.
  std::size_t count_failed() const;

  /// Of all cases, if the run doubts.
  Doubts doubts() const;

  /// Why the run could not go on to its end: a target that died, a deadline
  /// that was reached. Empty if it could.
  const std::string& unjudged() const { return unjudged_; }
  /// Whether a spawned target ended by itself; it was started again.
  bool crashed() const { return crashed_; }

  /// Deletes every key of this run that a cache by URL or socket still
  /// lists, also after an interruption. Gives up after two seconds.
  void sweep();

  /// 0, 1, 3 or 128 + n: design of the command line, "Exit status".
  int exit_status(bool require_all) const;

  const Target& target() const { return target_; }
  const Settings& settings() const { return settings_; }
  const KnownFailures& known() const { return known_; }

 private:
  /// Looks after the target once a case has been judged.
  void follow_up(const Case& given, Result& result);
  /// Starts a spawned target again, or gives up.
  void restart();
  void give_up(const std::string& why);

  Target& target_;
  Settings settings_;
  const KnownFailures& known_;
  std::deque<Judged> judged_;
  std::string unjudged_;
  bool crashed_ = false;
  int timed_out_in_a_row_ = 0;
};

}  // namespace conformance
