#include "catch_cases.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_config.hpp>
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/internal/catch_assertion_handler.hpp>
#include <catch2/internal/catch_console_colour.hpp>
#include <catch2/internal/catch_istream.hpp>
#include <catch2/internal/catch_test_case_registry_impl.hpp>
#include <catch2/internal/catch_test_registry.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#include <catch2/reporters/catch_reporter_streaming_base.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "explanation.h"
#include "interrupt.h"
#include "ndjson.h"
#include "nearest_ids.h"
#include "progress.h"
#include "summary.h"

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

std::string explained(const Judged& judged) {
  return explain(judged, current->again + current->as_user);
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
      say(Catch::ResultWas::Warning, explained(judged));
      return say(Catch::ResultWas::Ok, "");
    case Verdict::failed:
    case Verdict::blocked:
    case Verdict::unexpected_pass:
      return say(Catch::ResultWas::ExplicitFailure, explained(judged));
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
  Reporter(Catch::ReporterConfig&& config, const char* name)
      : StreamingReporterBase(std::move(config)), name_(name) {}

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
    if (!m_stream.flush()) current->lost_report = name_;
    StreamingReporterBase::testRunEnded(stats);
  }

 private:
  const char* const name_;
  bool broken_ = false;
};

Order order_of(const Catch::IConfig& config) {
  const char* const names[] = {"decl", "lex", "rand"};
  return {names[static_cast<std::size_t>(config.runOrder())], config.rngSeed(), config.shardCount(),
          config.shardIndex()};
}

/// Prints failures as they come, then the summary; on a terminal also how far the run is.
class KitReporter : public Reporter {
 public:
  explicit KitReporter(Catch::ReporterConfig&& config) : Reporter(std::move(config), "kit") {
    if (current && current->owns_terminal && m_stream.rdbuf() == std::cout.rdbuf())
      progress_.emplace(m_stream);
  }

  static std::string getDescription() {
    return "Failures in full as they come, then what was left out and the counts by level";
  }

  void fatalErrorEncountered(Catch::StringRef error) override {
    if (progress_) progress_->hide();
    Reporter::fatalErrorEncountered(error);
  }

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    if (progress_)
      progress_->show({current->run->judged().size(), current->selected, current->run->count_failed()},
                      info.name);
    Reporter::testCaseStarting(info);
  }

  void case_ended(const Judged& judged) override {
    if (!fails_the_run(judged.result.verdict)) return;
    if (progress_) progress_->hide();
    write(explained(judged), Catch::Colour::ResultError);
    m_stream << std::endl;
  }

  void run_ended() override {
    if (progress_) progress_->hide();
    const Run& run = *current->run;
    if (!run.judged().empty()) {
      print_summary(m_stream, run, current->seen, order_of(*m_config));
      write(verdict_line(run, current->require_all) + "\n",
            *current->status == 0 ? Catch::Colour::ResultSuccess : Catch::Colour::ResultError);
    }
  }

 private:
  /// A text that begins with a verdict in capitals, which is coloured if anything is.
  void write(const std::string& text, Catch::Colour::Code colour) {
    auto end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ- ");
    end = text.find_last_not_of(' ', end - 1) + 1;
    m_stream << m_colour->guardColour(colour) << text.substr(0, end);
    m_stream << text.substr(end);
  }

  std::optional<Progress> progress_;
};

/// Writes what programs read, each line as soon as it is known.
class NdjsonReporter : public Reporter {
 public:
  explicit NdjsonReporter(Catch::ReporterConfig&& config) : Reporter(std::move(config), "ndjson") {}

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
    const Order order = order_of(*m_config);
    all["order"] = order.name;
    all["seed"] = order.seed;
    all["shard_count"] = order.shard_count;
    all["shard_index"] = order.shard_index;
    all["abort_after"] = m_config->abortAfter() < 0 ? Json() : Json(m_config->abortAfter());
    return all;
  }

  void write(const std::string& line) { m_stream << line << std::flush; }

  const Deadline start_ = Clock::now();
};

/// The tests that the filter selects, in this shard.
std::vector<Catch::TestCaseHandle> matching(const Catch::Config& config) {
  return Catch::filterTests(Catch::getAllTestCasesSorted(config), config.testSpec(), config);
}

/// Whether stdout is a terminal where a line can be rewritten, and one report alone goes there.
bool owns_terminal(const Catch::ConfigData& config) {
  const auto goes_to_stdout = [&](const Catch::ReporterSpec& reporter) {
    const std::string path =
        reporter.outputFile().some() ? *reporter.outputFile() : config.defaultOutputFilename;
    if (path.empty() || path == "-" || path == "%stdout") return true;
    struct stat ours = {}, file = {};
    const int seen = path == "%stderr" ? fstat(STDERR_FILENO, &file) : stat(path.c_str(), &file);
    return seen == 0 && fstat(STDOUT_FILENO, &ours) == 0 && ours.st_dev == file.st_dev &&
           ours.st_ino == file.st_ino;
  };
  const auto& reporters = config.reporterSpecifications;
  return std::count_if(reporters.begin(), reporters.end(), goes_to_stdout) == 1 &&
         isatty(STDOUT_FILENO) && can_rewrite_lines();
}

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
  std::vector<const Case*> cases;
  for (const auto& test : matching(session.config()))
    for (const Case* given : registered)
      if (given->id == test.getTestCaseInfo().name) cases.push_back(given);
  return cases;
}

void choose_reporter(Catch::Session& session) {
  auto& config = session.configData();
  if (config.reporterSpecifications.empty())
    config.reporterSpecifications.emplace_back("kit", Catch::Optional<std::string>(),
                                               Catch::Optional<Catch::ColourMode>(),
                                               std::map<std::string, std::string>());
  const char* const no_color = std::getenv("NO_COLOR");
  const bool unwanted = (no_color && *no_color) || !can_rewrite_lines();
  if (unwanted && config.defaultColourMode == Catch::ColourMode::PlatformDefault)
    config.defaultColourMode = Catch::ColourMode::None;
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

void require_match(Catch::Session& session, const std::string& what, const std::vector<Case>& known) {
  Catch::ConfigData unsplit = session.configData();
  unsplit.shardCount = 1;
  unsplit.shardIndex = 0;
  if (!matching(Catch::Config(unsplit)).empty()) return;
  const std::string filter = unsplit.testsOrTags.size() == 1 ? unsplit.testsOrTags.front() : "";
  const bool is_word = filter.find_first_of("*[]~, \"\\") == std::string::npos && !filter.empty();
  const bool is_known = std::any_of(known.begin(), known.end(),
                                    [&](const Case& given) { return given.id == filter; });
  throw UsageError("no case" + what + " matches the filter" +
                   (is_word && !is_known && !known.empty()
                        ? " " + filter + "; the nearest are " + nearest_ids(known, filter)
                        : "; --list-tests lists them"));
}

int run_cases(Catch::Session& session, CatchRun& context) {
  current = &context;
  auto& config = session.configData();
  context.filter = config.testsOrTags;
  if (context.undecided && !config.testsOrTags.empty())
    config.testsOrTags.back() += "," + context.undecided->id;  // or
  require_match(session, " of spec " + context.seen.spec, context.fixtures->cases());
  context.owns_terminal = owns_terminal(config);
  context.selected = matching(session.config()).size();
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
  if (!summarised && !context.run->judged().empty()) {
    print_summary(std::cerr, *context.run, context.seen, order_of(session.config()));
    std::cerr << verdict_line(*context.run, context.require_all) << std::endl;
  }
  if (context.lost_report.empty()) return *context.status;
  std::cerr << "cache-conformance: the report " << context.lost_report
            << " could not be written to its end" << std::endl;
  return *context.status == 0 ? misused : *context.status;
}

}  // namespace conformance
