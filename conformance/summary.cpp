#include "summary.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <ostream>
#include <sstream>

#include "explanation.h"
#include "interrupt.h"

namespace conformance {

namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t rows = 23;  // and one for what a shell says next
/// What warnings, and expected failures, have at least, whatever else there is to say; and where
/// failures fill the screen already.
constexpr std::size_t fewest_rows = 5, fewest_rows_after_failures = 12;

using Lines = std::vector<std::string>;

/// Of a text in UTF-8.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// How many rows of a screen they take.
std::size_t rows_of(const Lines& lines) {
  std::size_t sum = 0;
  for (const std::string& line : lines)
    sum += std::max<std::size_t>(1, (width_of(line) + columns - 1) / columns);
  return sum;
}

std::string counted(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

/// `what: a, b and 7 more`: as many of the ids as fit on a line, but four at most and one at least.
std::string with_ids(const std::string& what, const Lines& ids) {
  constexpr std::size_t most_named = 4;
  std::string line;
  for (std::size_t named = 1; named <= std::min(ids.size(), most_named); ++named) {
    std::string longer = what + ": ";
    for (std::size_t i = 0; i < named; ++i) longer += (i ? ", " : "") + ids[i];
    if (named < ids.size()) longer += " and " + std::to_string(ids.size() - named) + " more";
    if (named == 1 || width_of(longer) <= columns) line = longer;
  }
  return line;
}

/// The items, or so many of them that they and a line about the others take no more rows than that.
Lines fitted(const Lines& items, std::size_t most, const std::string& others) {
  if (rows_of(items) <= most) return items;
  Lines lines;
  std::size_t left = most - std::min<std::size_t>(most, 1);
  for (const std::string& item : items) {
    if (rows_of({item}) > left) break;
    left -= rows_of({item});
    lines.push_back(item);
  }
  lines.push_back("  … and " + std::to_string(items.size() - lines.size()) + " more " + others);
  return lines;
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

Lines skips(const Run& run) {
  std::map<std::string, Lines> by_reason;
  for (const Judged& judged : run.judged())
    if (judged.result.verdict == Verdict::skipped)
      by_reason[judged.result.problem].push_back(judged.given->id);
  if (by_reason.empty()) return {};
  Lines lines = {"", counted(run.count(Verdict::skipped), "case") + " left out:"};
  bool needs = false;
  for (const auto& [reason, ids] : by_reason) {
    lines.push_back(with_ids("  " + std::to_string(ids.size()) + "  " + reason, ids));
    needs = needs || (reason.starts_with("needs ") && need_named(reason.substr(6)));
  }
  if (needs)
    lines.push_back("  --allow NEED,… or --allow all runs them; fixtures/README.md has the needs.");
  return lines;
}

/// The cases that touch one statement first of all.
struct Group {
  std::string id, statement;
  std::vector<const Judged*> cases;
};

/// The cases of these verdicts, by the statement that they touch, as ordered by its id.
std::vector<Group> by_statement(const Run& run, std::initializer_list<Verdict> verdicts) {
  std::map<std::string, Group> groups;
  for (const Judged& judged : run.judged()) {
    if (std::find(verdicts.begin(), verdicts.end(), judged.result.verdict) == verdicts.end()) continue;
    const auto& cites = judged.given->cites;
    Group& group = groups[cites.empty() ? "" : cites.front()->id];
    group.id = cites.empty() ? "no statement" : cites.front()->id;
    group.statement = cites.empty() ? "recorded from a real supervisord" : cites.front()->statement;
    group.cases.push_back(&judged);
  }
  std::vector<Group> ordered;
  for (auto& [key, group] : groups) ordered.push_back(std::move(group));
  return ordered;
}

/// `3  key-string: a, b and c`
std::string in_brief(const Group& group) {
  Lines ids;
  for (const Judged* judged : group.cases) ids.push_back(judged->given->id);
  return with_ids("  " + std::to_string(ids.size()) + "  " + group.id, ids);
}

/// Each in full if that fits, else a line for each statement that they touch.
Lines warnings(const Run& run, std::size_t most) {
  const std::size_t warned = run.count(Verdict::warned);
  if (warned == 0) return {};
  Lines full, brief;
  for (const Group& group : by_statement(run, {Verdict::warned})) {
    full.push_back("  " + group.id + ": " + group.statement);
    for (const Judged* judged : group.cases) {
      const Case& given = *judged->given;
      full.push_back("    " + given.id + " [" + std::string(name_of(given.level)) + "]: " + given.title);
      full.push_back("      " + brief_reason(judged->result));
    }
    brief.push_back(in_brief(group));
  }
  Lines lines = {"", counted(warned, "warning") + ": not like the reference, where no document of the " +
                         (run.settings().is_cache() ? "cache" : "extension") + " asks for it."};
  const std::size_t left = most - std::min(most, lines.size() + 1);
  const bool in_full = rows_of(full) <= left;
  const Lines items = in_full ? full : fitted(brief, left, "statements");
  lines.insert(lines.end(), items.begin(), items.end());
  lines.push_back(in_full ? "  With --strict these are failures."
                          : "  In full: --strict, which makes them failures; or -r kit -r ndjson::out=FILE.");
  return lines;
}

/// Where there are several, they have been printed one by one, and the first is far above.
Lines failures(const Run& run) {
  const std::size_t failed = run.count(Verdict::failed) + run.count(Verdict::blocked);
  if (failed < 2) return {};
  Lines lines = {"", std::to_string(failed) + " failures, above in full, by the statement that they touch:"}, items;
  for (const Group& group : by_statement(run, {Verdict::failed, Verdict::blocked})) items.push_back(in_brief(group));
  items = fitted(items, fewest_rows_after_failures, "statements");
  lines.insert(lines.end(), items.begin(), items.end());
  return lines;
}

/// Which failures were expected, by the entries of their list.
Lines known(const Run& run, std::size_t most) {
  const std::size_t expected = run.count(Verdict::expected_failure);
  if (expected == 0) return {};
  std::map<const KnownFailure*, std::vector<const Case*>> by_entry;
  for (const Judged& judged : run.judged())
    if (judged.result.verdict == Verdict::expected_failure)
      by_entry[judged.result.known].push_back(judged.given);
  Lines lines = {"", counted(expected, "case") + " failed as expected:"}, items;
  for (const KnownFailure& entry : run.known().entries()) {  // in the order of the list
    const auto found = by_entry.find(&entry);
    if (found == by_entry.end()) continue;
    const auto& cases = found->second;
    items.push_back("  " +
                    (cases.size() == 1
                         ? cases.front()->id + " [" + std::string(name_of(cases.front()->level)) + "]"
                         : entry.ids + " (" + std::to_string(cases.size()) + " cases)") +
                    ": " + entry.why());
  }
  const std::string& file = run.known().entries().front().place.file;
  items = fitted(items, most - std::min(most, lines.size()), "entries of " + file);
  lines.insert(lines.end(), items.begin(), items.end());
  return lines;
}

/// Which entries of the list of known failures are too old.
Lines expired(const Run& run) {
  Lines lines;
  for (const KnownFailure& entry : run.known().entries()) {
    if (!entry.expired) continue;
    lines.insert(lines.end(), {"", near(entry.place) + ": \"" + entry.ids + "\" was to fail until " +
                                       entry.expires + " only, and is excused no longer: " + entry.why()});
  }
  return lines;
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

/// What the target says of itself.
std::string version_of(const Preflight& seen, const std::string& name_space) {
  std::string text = seen.api_version.empty() ? "" : seen.api_version + " by " + name_space + ".getAPIVersion";
  if (!seen.server.empty()) text += (text.empty() ? "" : ", ") + ("Server: " + seen.server);
  return text.empty() ? "the target does not say" : text;
}

/// As options, so that they can be given again.
std::string text_of(const Order& order) {
  std::string options;
  if (order.name != "decl") options = "--order " + order.name;
  if (order.shard_count > 1)
    options += (options.empty() ? "" : " ") + ("--shard-count " + std::to_string(order.shard_count)) +
               " --shard-index " + std::to_string(order.shard_index);
  return std::to_string(order.seed) + (options.empty() ? "" : " (" + options + ")");
}

std::string how_it_came(const Run& run) {
  if (run.settings().bundled) return " (the bundled cache-server, started here)";
  return run.target().spawned() ? " (started here)" : "";
}

Lines facts(const Run& run, const Preflight& seen, const Order& order) {
  Lines lines = {
      "",
      "target    " + run.target().endpoint().str() + how_it_came(run),
      "version   " + version_of(seen, run.settings().name_space)};
  std::string spec = "spec      " + seen.spec;
  if (seen.found)
    spec += seen.undecided.empty() ? ", found by storing an integer; pin it with --spec " + seen.spec
                                   : ", not found: " + seen.undecided;
  lines.push_back(spec);
  lines.push_back("seed      " + text_of(order));
  for (const Level level : {Level::must, Level::should, Level::observed}) {
    std::string name(name_of(level));
    name.resize(10, ' ');
    lines.push_back(name + counts_of(run, level));
  }
  if (run.settings().doubt) lines.push_back("doubted   " + doubt_counts(run.doubts()));
  if (seen.left_over > 0)
    lines.insert(lines.end(),
                 {"note      the cache holds " + counted(seen.left_over, "key") + " of other runs of this suite;",
                  "          if none of them is still running, --sweep deletes them"});
  return lines;
}

void print(std::ostream& out, const Lines& lines) {
  for (const std::string& line : lines) out << line << "\n";
}

}  // namespace

void print_summary(std::ostream& out, const Run& run, const Preflight& seen, const Order& order) {
  const Lines left_out = skips(run), old = expired(run), end = facts(run, seen, order);
  const std::size_t taken = rows_of(left_out) + rows_of(old) + rows_of(end) + 1;  // the verdict's
  const std::size_t left = rows - std::min(rows, taken);
  const bool both = run.count(Verdict::warned) > 0 && run.count(Verdict::expected_failure) > 0;
  const std::size_t fewest = run.count_failed() > 0 ? fewest_rows_after_failures : fewest_rows;
  const Lines as_expected = known(run, std::max(fewest, both ? left / 2 : left));
  print(out, left_out);
  print(out, warnings(run, std::max(fewest, left - std::min(left, rows_of(as_expected)))));
  print(out, as_expected);
  print(out, old);
  print_doubts(out, run);
  print(out, failures(run));
  print(out, end);
}

std::string verdict_line(const Run& run, bool require_all) {
  const std::size_t bad = run.count_failed();
  const std::size_t expected = run.count(Verdict::expected_failure);
  const std::size_t left_out = run.count(Verdict::skipped);
  const std::size_t doubted = run.doubts().findings.size();
  std::ostringstream line;
  if (interrupted_by() != 0) {
    line << "INTERRUPTED by signal " << interrupted_by();
  } else if (!run.unjudged().empty()) {
    line << "NOT JUDGED to the end: " << run.unjudged();
  } else {
    if (bad > 0)
      line << "FAILED: " << counted(bad, "case") << " of " << run.judged().size();
    else if (require_all && left_out > 0)
      line << "FAILED: " << counted(left_out, "case") << " left out, and --require-all was given";
    else if (doubted > 0)
      line << "FAILED: " << counted(doubted, "change") << " turned no verdict";
    else
      line << "PASSED: " << counted(run.count(Verdict::passed), "case");
    if (bad == 0 && left_out > 0 && !require_all) line << ", and " << left_out << " left out";
    if (expected > 0) line << ", and " << expected << " failed as expected";
    if (run.crashed()) line << "; the target crashed, and was started again";
  }
  std::chrono::duration<double> duration{};
  for (const Judged& judged : run.judged()) duration += judged.result.duration;
  line << " in " << std::fixed << std::setprecision(2) << duration.count() << " s";
  return line.str();
}

}  // namespace conformance
