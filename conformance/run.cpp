#include "run.h"

#include <algorithm>

#include "interrupt.h"

namespace conformance {

namespace {

using namespace std::chrono_literals;

/// After so many cases without an answer a target that is not ours to restart
/// is left alone.
constexpr int most_timed_out_in_a_row = 3;

Result skipped(const Case& given, const std::string& why) {
  Result result;
  result.verdict = Verdict::skipped;
  result.place = given.place;
  result.problem = why;
  return result;
}

/// Judges a result of a case that is known to fail. A crash is never excused:
/// what caused it may have been something else.
void expect_failure(Result& result) {
  switch (result.verdict) {
    case Verdict::failed:
    case Verdict::blocked:
    case Verdict::warned:
      if (!result.known->expired && !result.crashed) result.verdict = Verdict::expected_failure;
      return;
    case Verdict::passed:
      result.verdict = Verdict::unexpected_pass;
      result.problem = "it passed, and is listed as a known failure at " + result.known->place.str() +
                       ": take it off the list";
      return;
    case Verdict::skipped:
    case Verdict::expected_failure:
    case Verdict::unexpected_pass: return;
  }
}

/// Whether anybody accepts connections there.
bool is_reachable(const Endpoint& endpoint) {
  try {
    const Connection connection(endpoint, Clock::now() + 2s);
    return true;
  } catch (const ConnectionError& error) {
    return error.kind() == ConnectionError::Kind::timeout;
  }
}

}  // namespace

const Judged& Run::record(const Case& given, Result result) {
  result.known = known_.covering(given);
  if (result.known) expect_failure(result);
  judged_.push_back({&given, std::move(result)});
  return judged_.back();
}

const Judged& Run::judge(const Case& given) {
  const auto at_deadline = [&] { return Clock::now() >= settings_.deadline; };
  if (at_deadline()) give_up("--deadline was reached");
  if (!unjudged_.empty()) return record(given, skipped(given, "not run: " + unjudged_));

  try {
    Result result = run_case(given, target_, settings_);
    if (result.timed_out && at_deadline() && result.verdict != Verdict::passed) {
      give_up("--deadline was reached");
      result = skipped(given, "not judged: " + unjudged_);
    }
    follow_up(given, result);
    return record(given, std::move(result));
  } catch (const Interrupted&) {
    give_up("interrupted by signal " + std::to_string(interrupted_by()));
    return record(given, skipped(given, "not judged: " + unjudged_));
  } catch (const std::exception& error) {  // it did not start again; no process, no port
    give_up(at_deadline() ? "--deadline was reached" : error.what());
    return record(given, skipped(given, "not judged: " + unjudged_));
  }
}

void Run::follow_up(const Case& given, Result& result) {
  const bool broke_off = target_.spawned() && result.verdict != Verdict::passed &&
                         result.verdict != Verdict::skipped;
  // The case may have told it to shut down, and not have come to start it again.
  const bool may_shut_down = broke_off && given.needs.contains(Need::restart);
  // A process that ends closes one socket after the other, and is gone only after that.
  const bool may_be_ending = broke_off && result.unanswered;
  if (may_be_ending) sleep_unless_interrupted(50ms);
  if (may_be_ending && !is_reachable(target_.endpoint())) {
    for (int i = 0; i < 100 && !target_.crashed(); ++i) sleep_unless_interrupted(10ms);
  }
  const std::string or_before =
      judged_.empty() ? "" : " or right after " + judged_.back().given->id;
  const auto ending = target_.crashed();
  if (may_shut_down && ending.value_or("exited with status 0") == "exited with status 0")
    return restart();
  if (ending) {
    crashed_ = result.crashed = true;
    result.target_output = shown_output(target_);
    result.verdict = Verdict::failed;
    result.problem = "the target " + *ending + " during this case" + or_before +
                     (result.problem.empty() ? "" : ": " + result.problem);
    restart();
    return;
  }
  const bool silent = result.timed_out && result.verdict != Verdict::passed;
  timed_out_in_a_row_ = silent ? timed_out_in_a_row_ + 1 : 0;
  if (silent && target_.spawned()) {
    restart();  // what hangs would fail every case that follows
  } else if (timed_out_in_a_row_ == most_timed_out_in_a_row) {
    give_up("the target at " + target_.endpoint().str() + " did not answer in time in " +
            std::to_string(most_timed_out_in_a_row) + " cases in a row");
  } else if (!target_.spawned() && result.verdict != Verdict::passed &&
             result.verdict != Verdict::skipped && !is_reachable(target_.endpoint())) {
    give_up("the target at " + target_.endpoint().str() + " was gone after the case " + given.id +
            or_before);
  }
}

void Run::restart() {
  try {
    target_.restart(settings_.deadline);
  } catch (const std::exception& error) {
    give_up(std::string("the target did not start again: ") + error.what());
  }
}

void Run::give_up(const std::string& why) {
  if (unjudged_.empty()) unjudged_ = why;
}

void Run::sweep() {
  if (!settings_.is_cache()) return;  // nobody here knows what it keeps
  if (target_.spawned()) return;      // what it keeps ends with it
  quiet_interrupt_descriptor();
  const Deadline until = Clock::now() + 2s;
  const auto left = [&] { return std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()); };
  try {
    const std::string prefix = settings_.run.prefix() + ".";
    for (const std::string& key : target_.keys(left()).value_or(std::vector<std::string>()))
      if (key.starts_with(prefix)) target_.call(delete_key(key), left());
  } catch (const ConnectionError&) {
    // Whoever is gone keeps nothing; whoever does not answer cannot be helped.
  } catch (const Interrupted&) {
    // Only now: there is nothing left to do but to say so.
  }
}

std::size_t Run::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::count_if(judged_.begin(), judged_.end(), [&](const Judged& j) {
    return j.result.verdict == verdict;
  }));
}

std::size_t Run::count_failed() const {
  return static_cast<std::size_t>(std::count_if(judged_.begin(), judged_.end(), [&](const Judged& j) {
    return fails_the_run(j.result.verdict);
  }));
}

Doubts Run::doubts() const {
  Doubts all;
  for (const Judged& judged : judged_)
    if (judged.result.doubts) all.add(*judged.result.doubts);
  return all;
}

int Run::exit_status(bool require_all) const {
  if (interrupted_by() != 0) return 128 + interrupted_by();
  if (!unjudged_.empty()) return 3;
  const bool failed = count_failed() > 0 || crashed_ || (require_all && count(Verdict::skipped) > 0) ||
                      !doubts().findings.empty();
  return failed ? 1 : 0;
}

}  // namespace conformance
