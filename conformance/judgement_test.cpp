#include "judgement.h"

#include <catch2/catch_test_macros.hpp>

#include "judge.h"
#include "peer.h"

using namespace conformance;

namespace {

/// What comes of a request to a target that answers as the judgement says.
std::optional<Problem> problem_of(const Judgement& judgement) {
  using namespace std::chrono_literals;
  Peer peer;
  const Deadline deadline = Clock::now() + (judgement.closes ? 2s : 150ms);
  Connection connection(peer.endpoint, deadline);
  peer.accept();
  peer.write(judgement.answer);
  if (judgement.closes) peer.hang_up();
  Outcome outcome{{}, {}, &connection, deadline};
  try {
    outcome.answer = connection.receive("POST", deadline);
  } catch (const ConnectionError& error) {
    outcome.error = error;
  }
  return judgement.setup ? judge_setup(outcome)
                         : judge(judgement.expected, outcome, names_of(judgement));
}

}  // namespace

TEST_CASE("every judgement in the fixtures is ours too") {
  const auto judgements = read_judgements(KIT_FIXTURES "/matching");
  REQUIRE(judgements.size() > 100);
  for (const Judgement& judgement : judgements) {
    const auto problem = problem_of(judgement);
    INFO(judgement.place.str() << ": " << judgement.id);
    INFO((problem ? problem->message + ": " + problem->difference.actual : "it holds"));
    CHECK(judgement.holds == !problem);
  }
}
