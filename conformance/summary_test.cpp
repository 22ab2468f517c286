#include "summary.h"

#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <sstream>

using namespace conformance;

namespace {

/// A run of which the verdicts are given.
class Told {
 public:
  Run& run() { return run_; }

  const Case& given(const std::string& id, const std::string& statement = "") {
    Case made;
    made.id = id;
    made.title = "title of " + id;
    made.level = Level::should;
    if (!statement.empty()) {
      statements_.push_back({statement, Level::should, "The statement of " + statement + ".", "d", "b"});
      made.cites = {&statements_.back()};
    }
    return cases_.emplace_back(std::move(made));
  }

  void judge(const Case& made, Verdict verdict, const std::string& problem = "") {
    Result result;
    result.verdict = verdict;
    result.problem = problem;
    run_.record(made, result);
  }

  std::string summary(const Preflight& seen = {"1.1", false, "", "0.2", "", 0}) const {
    std::ostringstream out;
    print_summary(out, run_, seen, {});
    return out.str() + verdict_line(run_, false) + "\n";
  }

 private:
  Target target_{Endpoint{"h", "1", ""}, std::nullopt};
  KnownFailures known_;
  Run run_{target_, Settings{}, known_};
  std::deque<Behaviour> statements_;
  std::deque<Case> cases_;
};

/// How many lines; and none is too long (in bytes, of which `…` has two more than columns).
std::size_t rows_of(const std::string& text) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    INFO(line);
    CHECK(line.size() <= 80 + 2);
  }
  return count;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("The end of a run names target, version, spec, seed and counts, and the verdict last") {
  Told told;
  told.judge(told.given("a"), Verdict::passed);
  CHECK(told.summary() ==
        "\ntarget    http://h:1/RPC2\nversion   0.2 by cache.getAPIVersion\nspec      1.1\nseed      0\n"
        "must      none\nshould    1 passed\nobserved  none\nPASSED: 1 case in 0.00 s\n");
  CHECK(has(told.summary({"1.1", false, "", "", "S/1", 2}), "\nversion   Server: S/1\n"));
  CHECK(has(told.summary({"1.1", false, "", "", "", 2}), "\nversion   the target does not say\n"));
  CHECK(has(told.summary({"1.1", false, "", "", "", 2}), "the cache holds 2 keys of other runs"));
}

TEST_CASE("Few warnings are told in full") {
  Told told;
  told.judge(told.given("a", "kept"), Verdict::warned, "another value than expected");
  CHECK(has(told.summary(),
            "\n1 warning: not like the reference, where no document of the cache asks for it.\n"
            "  kept: The statement of kept.\n    a [should]: title of a\n      another value than expected\n"
            "  With --strict these are failures.\n"));
}

TEST_CASE("Many warnings take a line for each statement") {
  Told told;
  for (int i = 0; i < 60; ++i)
    told.judge(told.given("case-" + std::to_string(i), i % 2 ? "kept" : ""), Verdict::warned, "p");
  const std::string text = told.summary();
  CHECK(has(text, "  30  no statement: case-0, case-2, case-4, case-6 and 26 more\n"
                  "  30  kept: case-1, case-3, case-5, case-7 and 26 more\n"
                  "  In full: --strict, which"));
  CHECK(rows_of(text) <= 23);
}

TEST_CASE("Warnings by more statements than a screen has lines, and as many reasons to skip, still fit") {
  Told told;
  for (int i = 0; i < 60; ++i)
    told.judge(told.given("case-" + std::to_string(i), "statement-" + std::to_string(i)), Verdict::warned, "p");
  for (int i = 0; i < 7; ++i)
    told.judge(told.given("skip-" + std::to_string(i)), Verdict::skipped, "reason " + std::to_string(i));
  const std::string text = told.summary();
  CHECK(has(text, "60 warnings: "));
  CHECK(has(text, "\n  … and 59 more statements\n"));
  CHECK(rows_of(text) <= 23);
}

TEST_CASE("Several failures are named once more, near the verdict") {
  Told told;
  told.judge(told.given("a", "kept"), Verdict::failed, "p");
  CHECK(!has(told.summary(), "failures"));
  told.judge(told.given("b", "kept"), Verdict::blocked, "p");
  told.judge(told.given("c"), Verdict::failed, "p");
  told.judge(told.given("d", "kept"), Verdict::warned, "p");
  CHECK(has(told.summary(), "\n3 failures, above in full, by the statement that they touch:\n"
                            "  1  no statement: c\n  2  kept: a, b\n\ntarget    "));
  for (int i = 0; i < 60; ++i)
    told.judge(told.given("case-" + std::to_string(i), "statement-" + std::to_string(i)), Verdict::failed, "p");
  CHECK(has(told.summary(), "\n  … and 51 more statements\n\ntarget    "));
}

TEST_CASE("Of ids as many are named as fit on a line, and one at least") {
  Told told;
  for (int i = 0; i < 3; ++i)
    told.judge(told.given(std::string(40, static_cast<char>('a' + i))), Verdict::skipped, "needs heavy");
  CHECK(has(told.summary(), "\n3 cases left out:\n  3  needs heavy: " + std::string(40, 'a') + " and 2 more\n"));
  CHECK(has(told.summary(), "--allow NEED"));
}
