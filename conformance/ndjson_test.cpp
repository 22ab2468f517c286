#include "ndjson.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

using namespace std::chrono_literals;

/// A run at nobody, of cases whose results are told to it.
struct Nothing {
  Target target{Endpoint::from_url("http://h:1/RPC2"), Credentials{"user", "word"}};
  Settings settings{RunId{0x1a2b3c4d}, {}, false, 10s, Deadline::max(), ""};
  KnownFailures known;
  Run run{target, settings, known};
  Fixtures fixtures{std::vector<std::string>{}};
};

/// The object that a line holds.
Json parsed(const std::string& line) {
  CHECK(line.find('\n') == line.size() - 1);
  return Json::parse(line);
}

}  // namespace

TEST_CASE("The first line says what is run, at what, and by which rules") {
  const Nothing nothing;
  Preflight seen;
  seen.spec = "1.1";
  seen.server = "Medusa";
  CHECK(parsed(run_line(nothing.run, nothing.fixtures, seen, {{"strict", true}}, "suite --strict")) ==
        Json({{"type", "run"},
              {"format", "1.0"},
              {"runner", "cache-conformance " KIT_VERSION},
              // SHA-256 of no bytes.
              {"fixtures", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
              {"target", "http://h:1/RPC2"},
              {"namespace", "cache"},
              {"version", {{"server", "Medusa"}}},
              {"spec", "1.1"},
              {"run", "kit-1a2b3c4d"},
              {"options", {{"strict", true}}},
              {"again", "suite --strict"},
              {"behaviours", Json::array()}}));
}

TEST_CASE("A case has what came of it, and nothing that did not") {
  Nothing nothing;
  const Behaviour kept{"kept", Level::must, "s", "d", "b"};
  Case given;
  given.id = "a";
  given.suite = "s";
  given.title = "t";
  given.why = "w";
  given.level = Level::should;
  given.cites = {&kept};
  given.needs = {Need::slow, Need::heavy};
  Result result;
  result.place = {"x.json", 3, 7};
  result.duration = 1.5ms;
  const Json passed = parsed(case_line(nothing.run.record(given, result), nothing.fixtures, true));
  Json expected = {{"type", "case"},
                   {"id", "a"},
                   {"suite", "s"},
                   {"title", "t"},
                   {"level", "should"},
                   {"cites", Json::array({"kept"})},
                   {"needs", Json::array({"heavy", "slow"})},
                   {"verdict", "passed"},
                   {"place", {{"file", "x.json"}, {"line", 3}}},
                   {"duration", 0.0015},
                   {"why", "w"}};
  CHECK(passed == expected);

  result.verdict = Verdict::failed;
  result.problem = "it is \xff, \"so\"";
  result.difference = {"[1]", "\"\xc3\xa4\"", "\xe2\x82"};
  result.exchanges = {{"m()", "POST", "[nothing]", "curl"}};
  expected["verdict"] = "failed";
  expected["problem"] = "it is \xef\xbf\xbd, \"so\"";
  expected["difference"] = {{"path", "[1]"}, {"expected", "\"\xc3\xa4\""}, {"actual", "\xef\xbf\xbd"}};
  expected["exchanges"] =
      Json::array({{{"step", "m()"}, {"request", "POST"}, {"answer", "[nothing]"}, {"repeat", "curl"}}});
  CHECK(parsed(case_line(nothing.run.record(given, result), nothing.fixtures, true)) == expected);
}

TEST_CASE("The last line counts every verdict") {
  Nothing nothing;
  const Case given;
  for (const Verdict verdict : all_verdicts) {
    Result result;
    result.verdict = verdict;
    nothing.run.record(given, result);
    if (verdict == Verdict::warned) nothing.run.record(given, result);
  }
  CHECK(parsed(end_line(nothing.run, 1, 2s)) == Json({{"type", "end"},
                                                      {"status", 1},
                                                      {"counts",
                                                       {{"passed", 1},
                                                        {"failed", 1},
                                                        {"blocked", 1},
                                                        {"warned", 2},
                                                        {"skipped", 1},
                                                        {"expected-failure", 1},
                                                        {"unexpected-pass", 1}}},
                                                      {"duration", 2.0}}));
}
