#include "console.h"

#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <map>
#include <ostream>
#include <sstream>

#include "interrupt.h"

namespace conformance {

namespace {

/// Every line of a text, moved to the right.
std::string indented(const std::string& text, const std::string& by) {
  std::string moved;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) moved += by + line + "\n";
  return moved;
}

void explain_exchanges(std::ostream& out, const Result& result) {
  if (result.exchanges.empty()) return;
  constexpr std::size_t most_repeated = 10;
  const Exchange& last = result.exchanges.back();
  out << "  request   " << last.step << "\n" << indented(last.request, "    | ");
  out << "  answer\n" << indented(last.answer, "    | ");
  const auto first = result.exchanges.size() > most_repeated
                         ? result.exchanges.end() - 1
                         : result.exchanges.begin();
  out << "  repeat    what was sent so far, in a shell:\n";
  for (auto exchange = first; exchange != result.exchanges.end(); ++exchange)
    out << (exchange->repeat.empty() ? "    # too long for a command line: " + exchange->step + "\n"
                                     : indented(exchange->repeat, "    "));
}

std::string counted(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

/// `29 passed, 1 failed`, without what did not happen.
std::string counts_of(const Run& run, Level level) {
  std::string text;
  for (const Verdict verdict : all_verdicts) {
    const auto number = std::count_if(run.judged().begin(), run.judged().end(), [&](const Judged& j) {
      return j.given->level == level && j.result.verdict == verdict;
    });
    if (number > 0)
      text += (text.empty() ? "" : ", ") + std::to_string(number) + " " + std::string(name_of(verdict));
  }
  return text.empty() ? "none" : text;
}

/// Why a case is only a warning, in one line.
std::string brief_reason(const Result& result) {
  const Difference& difference = result.difference;
  std::string line = result.problem;
  if (!difference.path.empty()) line += " at " + difference.path;
  if (!difference.expected.empty())
    line += ": expected " + difference.expected + ", got " + difference.actual;
  return line;
}

void print_warnings(std::ostream& out, const Run& run) {
  const std::size_t warned = run.count(Verdict::warned);
  if (warned == 0) return;
  std::map<std::string, std::vector<const Judged*>> by_statement;
  for (const Judged& judged : run.judged()) {
    if (judged.result.verdict != Verdict::warned) continue;
    const auto& cites = judged.given->cites;
    by_statement[cites.empty() ? "no statement: recorded from a real supervisord"
                               : cites.front()->id + ": " + cites.front()->statement]
        .push_back(&judged);
  }
  out << "\n" << counted(warned, "warning") << ": the target differs from the reference, and no "
      << "document of the " << (run.settings().is_cache() ? "cache" : "extension")
      << " forbids that.\nWith --strict these are failures.\n";
  for (const auto& [statement, cases] : by_statement) {
    out << "  " << statement << "\n";
    for (const Judged* judged : cases)
      out << "    " << judged->given->id << " [" << name_of(judged->given->level) << "]: "
          << judged->given->title << "\n      " << brief_reason(judged->result) << "\n";
  }
}

void print_skips(std::ostream& out, const Run& run) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const Judged& judged : run.judged())
    if (judged.result.verdict == Verdict::skipped)
      by_reason[judged.result.problem].push_back(judged.given->id);
  if (by_reason.empty()) return;
  constexpr std::size_t most_named = 4;
  out << "\n" << counted(run.count(Verdict::skipped), "case") << " left out:\n";
  for (const auto& [reason, ids] : by_reason) {
    out << "  " << ids.size() << "  " << reason << ": ";
    for (std::size_t i = 0; i < std::min(ids.size(), most_named); ++i) out << (i ? ", " : "") << ids[i];
    if (ids.size() > most_named) out << " and " << ids.size() - most_named << " more";
    out << "\n";
  }
  const bool needs = std::any_of(by_reason.begin(), by_reason.end(), [](const auto& entry) {
    return entry.first.starts_with("needs ") && need_named(entry.first.substr(6));
  });
  if (needs) out << "  --allow NEED,… or --allow all runs them; fixtures/README.md says what each need does.\n";
}

/// Which failures were expected, and which entries of their list are too old.
void print_known(std::ostream& out, const Run& run) {
  const std::size_t expected = run.count(Verdict::expected_failure);
  if (expected > 0) out << "\n" << counted(expected, "case") << " failed as expected:\n";
  for (const Judged& judged : run.judged())
    if (judged.result.verdict == Verdict::expected_failure)
      out << "  " << judged.given->id << " [" << name_of(judged.given->level)
          << "]: " << judged.result.known->why() << "\n";
  for (const KnownFailure& entry : run.known().entries())
    if (entry.expired)
      out << "\n" << near(entry.place) << ": \"" << entry.ids << "\" was to fail until " << entry.expires
          << " only, and is excused no longer: " << entry.why() << "\n";
}

/// What no change turned, then what was declared irrelevant, and how often.
void print_doubts(std::ostream& out, const Run& run) {
  if (!run.settings().doubt) return;
  for (const Judged& judged : run.judged()) {
    if (!judged.result.doubts) continue;
    for (const Finding& finding : judged.result.doubts->findings) {
      out << "\nDOUBTED  " << judged.given->id << "  (" << near(finding.place) << ")\n"
          << "  problem   not turned by " << finding.change << "\n";
      if (!finding.path.empty()) out << "  at        " << finding.path << "\n";
      if (!finding.before.empty()) out << "  before    " << finding.before << "\n";
      if (!finding.after.empty()) out << "  after     " << finding.after << "\n";
    }
  }
  const Doubts all = run.doubts();
  out << "\nchanges that may leave a verdict as it is:\n";
  for (const Irrelevance& entry : irrelevances()) {
    const auto found = all.irrelevant.find(&entry);
    out << std::right << std::setw(8) << (found == all.irrelevant.end() ? 0 : found->second) << "  "
        << entry.ground << ": " << (entry.some ? "some of " : "");
    for (const std::string_view& change : entry.changes)
      out << (&change == &entry.changes.front() ? "" : ", ") << change;
    out << " (" << entry.reason << ")\n";
  }
}

/// `3758 assertions by 140123 changes, of which …`
std::string doubt_counts(const Doubts& all) {
  return counted(all.assertions, "assertion") + " by " + counted(all.changes, "change") + ": " +
         std::to_string(all.turned) + " turned the verdict, " +
         (all.findings.empty() ? "the others are irrelevant"
                               : counted(all.findings.size(), "finding") + " above") +
         "; " + std::to_string(std::chrono::round<std::chrono::milliseconds>(all.duration).count()) +
         " ms";
}

std::string verdict_line(const Run& run, bool require_all) {
  const std::size_t bad = run.count_failed();
  const std::size_t expected = run.count(Verdict::expected_failure);
  const std::size_t skipped = run.count(Verdict::skipped);
  if (interrupted_by() != 0) return "INTERRUPTED by signal " + std::to_string(interrupted_by());
  if (!run.unjudged().empty()) return "NOT JUDGED to the end: " + run.unjudged();
  const std::size_t doubted = run.doubts().findings.size();
  std::string line = bad > 0 ? "FAILED: " + counted(bad, "case") + " of " +
                                   std::to_string(run.judged().size())
                     : require_all && skipped > 0
                         ? "FAILED: " + counted(skipped, "case") + " left out, and --require-all was given"
                     : doubted > 0 ? "FAILED: " + counted(doubted, "change") + " turned no verdict"
                         : "PASSED: " + counted(run.count(Verdict::passed), "case");
  if (bad == 0 && skipped > 0 && !require_all) line += ", and " + std::to_string(skipped) + " left out";
  if (expected > 0) line += ", and " + std::to_string(expected) + " failed as expected";
  if (run.crashed()) line += "; the target crashed, and was started again";
  return line;
}

}  // namespace

std::string near(const Place& place) {
  const std::string relative = std::filesystem::proximate(place.file).string();
  return (relative.size() < place.file.size() ? relative : place.file) + ":" +
         std::to_string(place.line);
}

void explain_sources(std::ostream& out, const Case& given) {
  for (const Behaviour* behaviour : given.cites) {
    out << "  source    " << behaviour->source << " [" << name_of(behaviour->level) << ", "
        << behaviour->id << "]\n";
    out << "            " << behaviour->statement << "\n";
  }
  if (given.cites.empty()) out << "  source    recorded from a real supervisord [observed]\n";
  for (const Behaviour* behaviour : given.cites)
    out << "  if not    " << behaviour->if_broken << "\n";
  if (!given.why.empty()) out << "  why       " << given.why << "\n";
}

std::string explain(const Judged& judged, const std::string& again) {
  const Case& given = *judged.given;
  const Result& result = judged.result;
  std::ostringstream out;
  std::string verdict(name_of(result.verdict));
  std::transform(verdict.begin(), verdict.end(), verdict.begin(), ::toupper);
  out << verdict << "  " << given.id << "  (" << near(result.place) << ")\n";
  out << "  demanded  " << given.title << " [" << name_of(given.level) << "]\n";
  if (result.verdict == Verdict::skipped) {
    out << "  " << result.problem << "\n";
    return out.str();
  }
  if (result.known)
    out << "  known     " << result.known->why()
        << (result.known->expired ? ", until " + result.known->expires : "") << "\n";
  if (result.verdict == Verdict::unexpected_pass) {
    out << "  problem   " << result.problem << "\n";
    out << "  only this " << again << " " << given.id << "\n";
    return out.str();
  }
  explain_sources(out, given);
  out << "  problem   " << result.problem << "\n";
  if (!result.difference.expected.empty()) {
    if (!result.difference.path.empty()) out << "  at        " << result.difference.path << "\n";
    out << "  expected  " << result.difference.expected << "\n";
    out << "  actual    " << result.difference.actual << "\n";
  }
  explain_exchanges(out, result);
  if (!result.target_output.empty())
    out << "  target    its last lines:\n" << indented(result.target_output, "    | ");
  out << "  only this " << again << " " << given.id << "\n";
  return out.str();
}

void print_summary(std::ostream& out, const Run& run, const Preflight& seen, bool require_all) {
  print_warnings(out, run);
  print_known(out, run);
  print_skips(out, run);
  print_doubts(out, run);
  std::chrono::duration<double> duration{};
  for (const Judged& judged : run.judged()) duration += judged.result.duration;

  out << "\ntarget    " << run.target().endpoint().str() << (run.target().spawned() ? " (started here)" : "")
      << "\nspec      " << seen.spec;
  if (seen.found)
    out << (seen.undecided.empty() ? ", found by storing an integer; pin it with --spec " + seen.spec
                                   : ", not found: " + seen.undecided);
  out << "\n";
  for (const Level level : {Level::must, Level::should, Level::observed})
    out << std::left << std::setw(10) << name_of(level) << counts_of(run, level) << "\n";
  if (run.settings().doubt) out << "doubted   " << doubt_counts(run.doubts()) << "\n";
  if (seen.left_over > 0)
    out << "note      the cache holds " << counted(seen.left_over, "key")
        << " of other runs of this suite; if none of them is still running, --sweep deletes them\n";
  out << verdict_line(run, require_all) << " in " << std::fixed << std::setprecision(2)
      << duration.count() << " s\n";
}

}  // namespace conformance
