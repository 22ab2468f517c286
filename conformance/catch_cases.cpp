#include "catch_cases.h"

#include <algorithm>
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/internal/catch_assertion_handler.hpp>
#include <catch2/internal/catch_test_registry.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#include <catch2/reporters/catch_reporter_streaming_base.hpp>
#include <iostream>

#include "console.h"
#include "interrupt.h"

namespace conformance {

namespace {

/// Catch2 constructs tests and reporters itself: this is how they find us.
CatchRun* current = nullptr;

const Judged& record_undecided() {
  Result result;
  result.verdict = Verdict::failed;
  result.place = current->undecided->place;
  result.problem = current->seen.undecided;
  return current->run->record(*std::exchange(current->undecided, nullptr), std::move(result));
}

/// Hands a verdict to Catch2.
void report(const Judged& judged) {
  const Result& result = judged.result;
  const Catch::SourceLineInfo place(result.place.file.c_str(),
                                    static_cast<std::size_t>(result.place.line));
  const auto say = [&](Catch::ResultWas::OfType kind, std::string text) {
    Catch::AssertionHandler handler("CASE", place, Catch::StringRef(),
                                    Catch::ResultDisposition::ContinueOnFailure);
    handler.handleMessage(kind, std::move(text));
    handler.complete();
  };
  switch (result.verdict) {
    case Verdict::passed: return say(Catch::ResultWas::Ok, "");
    case Verdict::skipped: return say(Catch::ResultWas::ExplicitSkip, result.problem);
    case Verdict::warned:
      say(Catch::ResultWas::Warning, explain(judged, current->again));
      return say(Catch::ResultWas::Ok, "");
    case Verdict::failed:
    case Verdict::blocked:
      return say(Catch::ResultWas::ExplicitFailure, explain(judged, current->again));
  }
}

class CaseInvoker : public Catch::ITestInvoker {
 public:
  explicit CaseInvoker(const Case& given) : given_(given) {}
  void invoke() const override {
    watch_interrupts();  // Catch2 takes the signals over for each test
    report(&given_ == current->undecided ? record_undecided() : current->run->judge(given_));
  }

 private:
  const Case& given_;
};

std::string tags_of(const Case& given) {
  std::string tags = "[" + std::string(name_of(given.level)) + "][" + given.suite + "]";
  for (const Behaviour* behaviour : given.cites) tags += "[" + behaviour->id + "]";
  for (const Need need : given.needs) tags += "[" + std::string(name_of(need)) + "]";
  for (const std::string& spec : given.specs) tags += "[spec-" + spec + "]";
  return tags;
}

/// Prints failures as they come, then the summary.
class KitReporter : public Catch::StreamingReporterBase {
 public:
  using StreamingReporterBase::StreamingReporterBase;

  static std::string getDescription() {
    return "Failures in full as they come, then what was left out and the counts by level";
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    const Judged& judged = current->run->judged().back();
    if (judged.result.verdict == Verdict::failed || judged.result.verdict == Verdict::blocked)
      m_stream << explain(judged, current->again) << std::endl;
    StreamingReporterBase::testCaseEnded(stats);
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    if (!current->run->judged().empty())
      print_summary(m_stream, *current->run, current->seen, current->require_all);
    m_stream << std::flush;
    StreamingReporterBase::testRunEnded(stats);
  }
};

CATCH_REGISTER_REPORTER("kit", KitReporter)

}  // namespace

void register_cases(const std::vector<const Case*>& cases) {
  for (const Case* given : cases) {
    const std::string tags = tags_of(*given);
    const Catch::AutoReg registered(
        Catch::Detail::make_unique<CaseInvoker>(*given),
        Catch::SourceLineInfo(given->place.file.c_str(), static_cast<std::size_t>(given->place.line)),
        Catch::StringRef(), Catch::NameAndTags(given->id, tags));
  }
}

void choose_reporter(Catch::Session& session) {
  if (session.configData().reporterSpecifications.empty())
    session.configData().reporterSpecifications.emplace_back("kit", Catch::Optional<std::string>(),
                                                             Catch::Optional<Catch::ColourMode>(),
                                                             std::map<std::string, std::string>());
}

bool run_cases(Catch::Session& session, CatchRun& context) {
  current = &context;
  auto& filter = session.configData().testsOrTags;
  if (context.undecided && !filter.empty()) filter.back() += "," + context.undecided->id;  // or
  const auto& reporters = session.configData().reporterSpecifications;
  constexpr int no_tests_run = 2;  // Catch2's exit status
  const int status = session.run();
  if (status == no_tests_run && context.run->judged().empty())
    std::cerr << "cache-conformance: no case of spec " << context.seen.spec
              << " matches the filter; --list-tests lists them" << std::endl;
  context.run->sweep();
  const bool summarised = std::any_of(reporters.begin(), reporters.end(),
                                      [](const auto& reporter) { return reporter.name() == "kit"; });
  if (!summarised && !context.run->judged().empty())
    print_summary(std::cerr, *context.run, context.seen, context.require_all);
  return !context.run->judged().empty();
}

}  // namespace conformance
