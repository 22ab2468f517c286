#include "run_case.h"

#include <map>
#include <memory>
#include <thread>

#include "interrupt.h"
#include "isolation.h"
#include "judge.h"
#include "request.h"
#include "shell_line.h"

namespace conformance {

namespace {

using namespace std::chrono_literals;

/// The steps of one case, with the connections that they share.
class CaseRun {
 public:
  CaseRun(const Case& given, Target& target, const Settings& settings)
      : target_(target), settings_(settings), names_{settings.run, given.id} {}

  /// Runs one step. Nothing is returned if it went as expected.
  std::optional<Problem> run(const Step& step) {
    if (const auto request = request_of(step, target_, names_)) return exchange(*request, step);
    if (const auto* step_wait = std::get_if<WaitStep>(&step.action))
      return wait(std::chrono::seconds(step_wait->seconds));
    connections_.clear();
    target_.restart(settings_.deadline);
    return {};
  }

  std::vector<Assertion> take_assertions() { return std::move(assertions_); }
  std::vector<Exchange> take_exchanges() { return std::move(exchanges_); }
  void close_connections() { connections_.clear(); }
  /// Whether the target has let an answer wait until the deadline.
  bool timed_out() const { return timed_out_; }
  /// Whether the last answer that was waited for did not come, or not whole.
  bool unanswered() const { return unanswered_; }

 private:
  std::optional<Problem> wait(std::chrono::milliseconds wanted) {
    const auto left = settings_.time_left();
    sleep_unless_interrupted(std::min(wanted, left));
    if (interrupted_by() != 0) throw Interrupted();
    if (wanted <= left) return {};
    timed_out_ = true;
    return Problem{"--deadline was reached", {}};
  }

  /// Sends a step's request and judges what comes back.
  std::optional<Problem> exchange(const Request& request, const Step& step) {
    exchanges_.push_back(start_exchange(step, request.bytes(), target_));
    Exchange& shown = exchanges_.back();
    shown.repeat = target_.without_authorization(
        request.framed ? curl_line(target_, *request.framed, step.as, settings_.password_source)
                       : netcat_line(target_, request.bytes()));
    const Deadline deadline = Clock::now() + settings_.patience();
    unanswered_ = false;
    Outcome outcome = first_outcome(step, request, deadline);
    if (step.setup) {
      show_outcome(shown, outcome, target_);
      if (settings_.doubt) assertions_.push_back({&step, 0, outcome});
      return judge_setup(outcome);
    }
    for (std::size_t i = 0; i < step.expected.size(); ++i) {
      if (i > 0) outcome = next_outcome(step, request.method, deadline);
      show_outcome(shown, outcome, target_);
      if (settings_.doubt) assertions_.push_back({&step, i, outcome});
      if (auto problem = judge(step.expected[i], outcome, names_)) {
        timed_out_ = timed_out_ || settings_.time_left() == 0ms;  // it did not close, say
        if (step.expected.size() > 1)
          problem->message = "answer " + std::to_string(i + 1) + ": " + problem->message;
        return problem;
      }
    }
    return {};
  }

  void write(Connection& connection, const Request& request, Deadline deadline) {
    for (std::size_t i = 0; i < request.pieces.size(); ++i) {
      if (i > 0) std::this_thread::sleep_for(between_pieces);
      connection.send(request.pieces[i], deadline);
    }
  }

  /// A kept-alive connection may be closed by the target at any time: a
  /// request of ours that then got no byte of an answer is sent once more.
  Outcome first_outcome(const Step& step, const Request& request, Deadline deadline) {
    std::string before;  // what was wrong with the first attempt
    while (true) {
      auto& connection = connections_[step.on];
      const bool reused = connection && !connection->is_spent();
      try {
        if (!reused) connection = std::make_unique<Connection>(target_.endpoint(), deadline);
        write(*connection, request, deadline);
        return {connection->receive(request.method, deadline), {}, connection.get(), deadline};
      } catch (const ConnectionError& error) {
        const bool may_be_stale = reused && request.framed && error.received().empty() &&
                                  error.kind() == ConnectionError::Kind::closed;
        connection.reset();
        if (!may_be_stale) {
          const std::string what = before.empty()          ? error.what()
                                   : before == error.what() ? before + ", twice"
                                                            : before + "; then: " + error.what();
          return no_answer(ConnectionError(error.kind(), what, error.received()), deadline);
        }
        before = error.what();
      }
    }
  }

  Outcome next_outcome(const Step& step, const std::string& method, Deadline deadline) {
    auto& connection = connections_[step.on];
    if (!connection)
      return {{}, ConnectionError(ConnectionError::Kind::closed, "the connection was closed"), nullptr,
              deadline};
    try {
      return {connection->receive(method, deadline), {}, connection.get(), deadline};
    } catch (const ConnectionError& error) {
      connection.reset();
      return no_answer(error, deadline);
    }
  }

  Outcome no_answer(const ConnectionError& error, Deadline deadline) {
    timed_out_ = timed_out_ || error.kind() == ConnectionError::Kind::timeout;
    unanswered_ = true;
    return {{}, error, nullptr, deadline};
  }

  Target& target_;
  const Settings& settings_;
  Names names_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
  std::vector<Exchange> exchanges_;
  std::vector<Assertion> assertions_;  ///< only if the run doubts
  bool timed_out_ = false;
  bool unanswered_ = false;
};

/// Why the case may not run here and now; empty if it may. Throws ConnectionError
/// where the target does not tell.
std::string why_skipped(const Case& given, Target& target, const Settings& settings) {
  if (const auto why = why_not_allowed(given, settings.allowed, target.spawned()); !why.empty())
    return why;
  // What else an extension holds nobody here knows how to ask.
  if (!given.needs.contains(Need::exclusive) || !settings.is_cache()) return "";

  for (int attempt = 0;; ++attempt) {
    const auto keys = target.keys(settings.patience());
    if (!keys) throw ConnectionError(ConnectionError::Kind::malformed, "cache.getKeys gives no list of keys");
    if (keys->empty()) return "";
    if (!target.spawned() || attempt > 0)
      return "needs an empty cache, and there are " + std::to_string(keys->size()) + " keys in it";
    target.restart(settings.deadline);
  }
}

/// Deletes what the case may have stored. A target that does not delete has
/// other cases that say so; what is left at the deadline Run::sweep() deletes.
void clean_up(const Case& given, Target& target, const Settings& settings) {
  const Names names{settings.run, given.id};
  try {
    for (const CallStep& call : clean_up_calls(given, names)) {
      const auto patience = std::min<std::chrono::milliseconds>(settings.patience(), 2s);
      if (patience == 0ms) return;
      target.call(call, patience);
    }
  } catch (const ConnectionError&) {
  }
}

void explain(Result& result, const Step& step, const Problem& problem, Target& target) {
  result.verdict = step.setup ? Verdict::blocked : Verdict::failed;
  result.place = step.place;
  result.problem = blotted(problem.message, target);
  result.difference = {problem.difference.path, blotted(problem.difference.expected, target),
                       blotted(problem.difference.actual, target)};
  result.target_output = shown_output(target);
}

}  // namespace

std::chrono::milliseconds Settings::time_left() const {
  return std::chrono::ceil<std::chrono::milliseconds>(
      std::max(deadline - Clock::now(), Clock::duration::zero()));
}

std::chrono::milliseconds Settings::patience() const { return std::min(timeout, time_left()); }

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "passed";
    case Verdict::failed: return "failed";
    case Verdict::blocked: return "blocked";
    case Verdict::warned: return "warned";
    case Verdict::skipped: return "skipped";
    case Verdict::expected_failure: return "expected-failure";
    case Verdict::unexpected_pass: return "unexpected-pass";
  }
  return "";
}

bool fails_the_run(Verdict verdict) {
  return verdict == Verdict::failed || verdict == Verdict::blocked ||
         verdict == Verdict::unexpected_pass;
}

std::string why_not_allowed(const Case& given, const std::set<Need>& allowed, bool spawned) {
  for (const Need need : given.needs)
    if (!allowed.contains(need)) return "needs " + std::string(name_of(need));
  if (given.needs.contains(Need::restart) && !spawned)
    return "restarts the target, and only one that was started here may be";
  return "";
}

std::vector<CallStep> clean_up_calls(const Case& given, const Names& names) {
  std::vector<CallStep> calls;
  for (const Json& key : keys_named(given, names)) calls.push_back(delete_key(key));
  return calls;
}

Result run_case(const Case& given, Target& target, const Settings& settings) {
  const auto start = Clock::now();
  Result result;
  result.place = given.place;
  try {
    result.problem = why_skipped(given, target, settings);
  } catch (const ConnectionError& error) {
    result.verdict = Verdict::blocked;
    result.problem = std::string("whether the cache is empty could not be asked before the case: ") +
                     blotted(error.what(), target);
    result.target_output = shown_output(target);
    result.timed_out = error.kind() == ConnectionError::Kind::timeout;
    result.unanswered = true;
    result.duration = Clock::now() - start;
    return result;
  }
  if (!result.problem.empty()) {
    result.verdict = Verdict::skipped;
    return result;
  }

  CaseRun run(given, target, settings);
  try {
    for (const Step& step : given.steps) {
      const auto problem = run.run(step);
      if (!problem) continue;
      explain(result, step, *problem, target);
      break;
    }
  } catch (const Interrupted&) {
    quiet_interrupt_descriptor();
    run.close_connections();
    clean_up(given, target, settings);
    throw;
  }
  result.exchanges = run.take_exchanges();
  result.timed_out = run.timed_out();
  result.unanswered = run.unanswered();
  run.close_connections();
  if (result.verdict == Verdict::failed && given.level != Level::must && !settings.strict)
    result.verdict = Verdict::warned;
  // A spawned target that is silent is started again.
  if (!target.spawned() || !result.timed_out) clean_up(given, target, settings);
  result.duration = Clock::now() - start;
  if (settings.doubt && result.verdict == Verdict::passed)
    result.doubts = doubt(given, run.take_assertions(), {settings.run, given.id});
  return result;
}

}  // namespace conformance
