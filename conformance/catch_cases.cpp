#include "catch_cases.h"

#include <algorithm>
#include <catch2/catch_config.hpp>
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/internal/catch_assertion_handler.hpp>
#include <catch2/internal/catch_test_case_registry_impl.hpp>
#include <catch2/internal/catch_test_registry.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#include <catch2/reporters/catch_reporter_streaming_base.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "console.h"
#include "interrupt.h"
#include "ndjson.h"

namespace conformance {

namespace {

constexpr int misused = 2;

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
    case Verdict::expected_failure:
      say(Catch::ResultWas::Warning, explain(judged, current->again + current->as_user));
      return say(Catch::ResultWas::Ok, "");
    case Verdict::failed:
    case Verdict::blocked:
    case Verdict::unexpected_pass:
      return say(Catch::ResultWas::ExplicitFailure, explain(judged, current->again + current->as_user));
  }
}

class CaseInvoker : public Catch::ITestInvoker {
 public:
  explicit CaseInvoker(const Case& given) : given_(given) {}
  void invoke() const override {
    watch_interrupts();  // Catch2 takes the signals over for each test
    let_interrupts();
    const Judged& judged =
        &given_ == current->undecided ? record_undecided() : current->run->judge(given_);
    hold_interrupts();
    report(judged);
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

/// Cleans up after the last case. From then on the exit status stands, and is
/// what every report says.
void end_run() {
  if (current->status) return;
  current->run->sweep();
  current->status = current->run->exit_status(current->require_all);
}

/// What our reporters share: if this program itself breaks, Catch2 still ends
/// the case and the run for them, and neither has a result.
class Reporter : public Catch::StreamingReporterBase {
 public:
  using StreamingReporterBase::StreamingReporterBase;

  virtual void case_ended(const Judged& judged) = 0;
  virtual void run_ended() = 0;

  void fatalErrorEncountered(Catch::StringRef) override { broken_ = true; }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (!broken_) case_ended(current->run->judged().back());
    StreamingReporterBase::testCaseEnded(stats);
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    if (!broken_) {
      end_run();
      run_ended();
    }
    StreamingReporterBase::testRunEnded(stats);
  }

 private:
  bool broken_ = false;
};

/// Prints failures as they come, then the summary.
class KitReporter : public Reporter {
 public:
  using Reporter::Reporter;

  static std::string getDescription() {
    return "Failures in full as they come, then what was left out and the counts by level";
  }

  void case_ended(const Judged& judged) override {
    if (fails_the_run(judged.result.verdict))
      m_stream << explain(judged, current->again + current->as_user) << std::endl;
  }

  void run_ended() override {
    if (!current->run->judged().empty())
      print_summary(m_stream, *current->run, current->seen, current->require_all);
    m_stream << std::flush;
  }
};

/// Writes what programs read, each line as soon as it is known.
class NdjsonReporter : public Reporter {
 public:
  using Reporter::Reporter;

  static std::string getDescription() {
    return "A line of JSON for the run, for each case as it ends, and for the end";
  }

  void testRunStarting(const Catch::TestRunInfo& info) override {
    StreamingReporterBase::testRunStarting(info);
    write(run_line(*current->run, *current->fixtures, current->seen, options(),
                   current->again));
  }

  void case_ended(const Judged& judged) override {
    write(case_line(judged, *current->fixtures, !current->run->target().has_credentials()));
    if (judged.result.doubts) write(doubt_line(judged, *current->fixtures));
  }

  void run_ended() override {
    write(end_line(*current->run, *current->status, Clock::now() - start_));
  }

 private:
  /// Those of the context, and Catch2's that decide what is run.
  Json options() const {
    Json all = current->options;
    all["filter"] = current->filter;
    const char* const orders[] = {"decl", "lex", "rand"};
    all["order"] = orders[static_cast<std::size_t>(m_config->runOrder())];
    all["seed"] = m_config->rngSeed();
    all["shard_count"] = m_config->shardCount();
    all["shard_index"] = m_config->shardIndex();
    all["abort_after"] = m_config->abortAfter() < 0 ? Json() : Json(m_config->abortAfter());
    return all;
  }

  void write(const std::string& line) {
    m_stream << line << std::flush;
    if (!m_stream) current->report_lost = true;
  }

  const Deadline start_ = Clock::now();
};

CATCH_REGISTER_REPORTER("kit", KitReporter)
CATCH_REGISTER_REPORTER("ndjson", NdjsonReporter)

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

std::vector<const Case*> selected_cases(Catch::Session& session,
                                        const std::vector<const Case*>& registered) {
  const Catch::Config& config = session.config();
  const auto matching =  // and in this shard
      Catch::filterTests(Catch::getAllTestCasesSorted(config), config.testSpec(), config);
  std::vector<const Case*> cases;
  for (const auto& test : matching)
    for (const Case* given : registered)
      if (given->id == test.getTestCaseInfo().name) cases.push_back(given);
  return cases;
}

void choose_reporter(Catch::Session& session) {
  if (session.configData().reporterSpecifications.empty())
    session.configData().reporterSpecifications.emplace_back("kit", Catch::Optional<std::string>(),
                                                             Catch::Optional<Catch::ColourMode>(),
                                                             std::map<std::string, std::string>());
}

void open_reports(Catch::Session& session) {
  const auto open = [](const std::string& path) {
    const bool is_stream = path.empty() || path == "-" || path.front() == '%';  // Catch2's names
    // Whoever reads a pipe would take its being closed for the end.
    std::error_code ignored;
    if (is_stream || std::filesystem::is_other(path, ignored)) return;
    if (!std::ofstream(path))
      throw UsageError("the report " + path + " cannot be written");
  };
  const auto& config = session.configData();
  open(config.defaultOutputFilename);
  for (const auto& reporter : config.reporterSpecifications)
    if (reporter.outputFile().some()) open(*reporter.outputFile());
}

void require_match(Catch::Session& session, const std::string& what) {
  Catch::ConfigData unsplit = session.configData();
  unsplit.shardCount = 1;
  unsplit.shardIndex = 0;
  const Catch::Config config(unsplit);
  if (Catch::filterTests(Catch::getAllTestCasesSorted(config), config.testSpec(), config).empty())
    throw UsageError("no case" + what + " matches the filter; --list-tests lists them");
}

int run_cases(Catch::Session& session, CatchRun& context) {
  current = &context;
  auto& config = session.configData();
  context.filter = config.testsOrTags;
  if (context.undecided && !config.testsOrTags.empty())
    config.testsOrTags.back() += "," + context.undecided->id;  // or
  require_match(session, " of spec " + context.seen.spec);
  constexpr int no_tests_run = 2;  // Catch2's exit status
  hold_interrupts();
  const int status = session.run();
  let_interrupts();
  if (context.run->judged().empty()) {
    if (status != 0 && status != no_tests_run) return misused;  // Catch2 has said why
    std::cerr << "cache-conformance: no case is left for shard " << config.shardIndex << " of "
              << config.shardCount << std::endl;
  }
  end_run();
  const auto& reporters = config.reporterSpecifications;
  const bool summarised = std::any_of(reporters.begin(), reporters.end(),
                                      [](const auto& reporter) { return reporter.name() == "kit"; });
  if (!summarised && !context.run->judged().empty())
    print_summary(std::cerr, *context.run, context.seen, context.require_all);
  if (!context.report_lost) return *context.status;
  std::cerr << "cache-conformance: the report ndjson could not be written to its end" << std::endl;
  return *context.status == 0 ? misused : *context.status;
}

}  // namespace conformance
