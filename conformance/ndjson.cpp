#include "ndjson.h"

#include <cmath>

namespace conformance {

namespace {

std::string line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Seconds, to the microsecond.
double seconds(std::chrono::duration<double> duration) {
  return std::round(duration.count() * 1e6) / 1e6;
}

Json exchanges_of(const Result& result, bool with_repeat) {
  Json exchanges = Json::array();
  for (const Exchange& exchange : result.exchanges) {
    exchanges.push_back(
        {{"step", exchange.step}, {"request", exchange.request}, {"answer", exchange.answer}});
    // Nobody repeats what passed, and it would double the file.
    if (with_repeat && result.verdict != Verdict::passed) exchanges.back()["repeat"] = exchange.repeat;
  }
  return exchanges;
}

}  // namespace

std::string run_line(const Run& run, const Fixtures& fixtures, const Preflight& seen,
                     const Json& options, const std::string& again) {
  Json version = Json::object();
  if (!seen.api_version.empty()) version["api"] = seen.api_version;
  if (!seen.server.empty()) version["server"] = seen.server;
  return line({{"type", "run"},
               {"format", "1.0"},
               {"runner", "cache-conformance " KIT_VERSION},
               {"fixtures", fixtures.digest()},
               {"target", run.target().endpoint().str()},
               {"namespace", fixtures.name_space()},
               {"version", version},
               {"spec", seen.spec},
               {"run", run.settings().run.prefix()},
               {"options", options},
               {"again", again},
               {"behaviours", fixtures.statements()}});
}

std::string case_line(const Judged& judged, const Fixtures& fixtures, bool with_repeat) {
  const Case& given = *judged.given;
  const Result& result = judged.result;
  Json cites = Json::array(), needs = Json::array();
  for (const Behaviour* behaviour : given.cites) cites.push_back(behaviour->id);
  for (const Need need : given.needs) needs.push_back(name_of(need));
  Json object = {
      {"type", "case"},
      {"id", given.id},
      {"suite", given.suite},
      {"title", given.title},
      {"level", name_of(given.level)},
      {"cites", cites},
      {"needs", needs},
      {"verdict", name_of(result.verdict)},
      {"place", {{"file", fixtures.below_folder(result.place.file)}, {"line", result.place.line}}},
      {"duration", seconds(result.duration)}};
  if (!given.why.empty()) object["why"] = given.why;
  if (!result.problem.empty()) object["problem"] = result.problem;
  const Difference& difference = result.difference;
  if (!difference.expected.empty())
    object["difference"] = {{"path", difference.path},
                            {"expected", difference.expected},
                            {"actual", difference.actual}};
  if (!result.exchanges.empty()) object["exchanges"] = exchanges_of(result, with_repeat);
  if (const KnownFailure* known = result.known) {
    object["known"] = {{"reason", known->reason}, {"place", known->place.str()}};
    if (!known->link.empty()) object["known"]["link"] = known->link;
    if (!known->expires.empty()) object["known"]["expires"] = known->expires;
  }
  return line(object);
}

std::string doubt_line(const Judged& judged, const Fixtures& fixtures) {
  const Doubts& doubts = *judged.result.doubts;
  std::size_t irrelevant = 0;
  for (const auto& [entry, count] : doubts.irrelevant) irrelevant += count;
  Json findings = Json::array();
  for (const Finding& finding : doubts.findings)
    findings.push_back({{"place", {{"file", fixtures.below_folder(finding.place.file)},
                                   {"line", finding.place.line}}},
                        {"change", finding.change},
                        {"path", finding.path},
                        {"before", finding.before},
                        {"after", finding.after}});
  return line({{"type", "doubt"},
               {"id", judged.given->id},
               {"assertions", doubts.assertions},
               {"perturbations", doubts.changes},
               {"turned", doubts.turned},
               {"irrelevant", irrelevant},
               {"findings", findings},
               {"duration", seconds(doubts.duration)}});
}

std::string end_line(const Run& run, int status, std::chrono::duration<double> duration) {
  Json counts = Json::object();
  for (const Verdict verdict : all_verdicts) counts[std::string(name_of(verdict))] = run.count(verdict);
  Json object = {
      {"type", "end"}, {"status", status}, {"counts", counts}, {"duration", seconds(duration)}};
  if (!run.unjudged().empty()) object["unjudged"] = run.unjudged();
  return line(object);
}

}  // namespace conformance
