#include "explanation.h"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <sstream>

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
  out << "  repeat    what was sent so far, in a shell, while the target runs:\n";
  for (auto exchange = first; exchange != result.exchanges.end(); ++exchange)
    out << (exchange->repeat.empty() ? "    # too long for a command line: " + exchange->step + "\n"
                                     : indented(exchange->repeat, "    "));
}

}  // namespace

std::string near(const Place& place) {
  const std::string relative = std::filesystem::proximate(place.file).string();
  return (relative.size() < place.file.size() ? relative : place.file) + ":" +
         std::to_string(place.line);
}

std::string brief_reason(const Result& result) {
  const Difference& difference = result.difference;
  std::string line = result.problem;
  if (!difference.path.empty()) line += " at " + difference.path;
  if (!difference.expected.empty())
    line += ": expected " + difference.expected + ", got " + difference.actual;
  return line;
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

}  // namespace conformance
