#include "judge.h"

namespace conformance {

namespace {

Problem differs(const std::string& message, std::string expected, std::string actual) {
  return {message, {"", std::move(expected), std::move(actual)}};
}

std::string status_of(const HttpAnswer& answer) { return "HTTP status " + std::to_string(answer.status); }

/// What an answer turned out to be, for the side of a comparison.
std::string describe(const Reply& reply) {
  if (const auto* value = std::get_if<ValueReply>(&reply))
    return std::string(type_of(value->value)) + " " + brief(value->value);
  if (const auto* fault = std::get_if<FaultReply>(&reply)) {
    Json shown = fault->fault;
    if (shown["others"].empty()) shown.erase("others");
    return "fault " + brief(shown);
  }
  return "no XML-RPC answer (" + *why_bad(reply) + ")";
}

std::optional<Problem> judge_no_answer(const Outcome& outcome) {
  const std::string expected = "the connection closed without an answer";
  if (outcome.answer) return differs("an answer came", expected, status_of(*outcome.answer));
  if (outcome.error->kind() == ConnectionError::Kind::closed && outcome.error->received().empty())
    return {};
  return differs(outcome.error->what(), expected, outcome.error->what());
}

std::optional<Problem> judge_status(const Expectation& expected, const HttpAnswer& answer,
                                    const Names& names) {
  const Json status = expected.status ? expand(*expected.status, names) : Json(200);
  const bool matters = expected.status || expected.value || expected.fault;
  if (!matters || !first_difference(status, answer.status, names)) return {};
  const auto location = answer.header("Location");
  return differs("wrong HTTP status", brief(status),
                 std::to_string(answer.status) +
                     (location ? ", which points to " + brief(Json(*location)) + " and is not followed"
                               : ""));
}

std::optional<Problem> judge_headers(const Expectation& expected, const HttpAnswer& answer,
                                     const Names& names) {
  for (const auto& [name, written] : expected.headers) {
    const Json wanted = expand(written, names);
    const auto value = answer.header(name);
    if (!value) return differs("the header " + name + " is missing", brief(wanted), "no such header");
    if (const auto difference = first_difference(wanted, Json(*value), names))
      return Problem{"wrong header " + name, *difference};
  }
  return {};
}

/// What the body says; `read` holds it, where it has to be read.
const Reply& reply_of(const Outcome& outcome, Reply& read) {
  if (outcome.reply) return *outcome.reply;
  return read = read_reply(outcome.answer->body);
}

std::optional<Problem> judge_body(const Expectation& expected, const Outcome& outcome,
                                  const Names& names) {
  if (!expected.value && !expected.fault) return {};
  const HttpAnswer& answer = *outcome.answer;
  Reply read;
  const Reply& reply = reply_of(outcome, read);
  if (const auto why = why_bad(reply)) {
    const auto coding = answer.header("Content-Encoding");
    return differs("the body is no XML-RPC answer" +
                       (coding ? ": it is sent as " + *coding + ", which nobody asked for" : ""),
                   expected.value ? "a value" : "a fault", *why);
  }
  const auto* fault = std::get_if<FaultReply>(&reply);
  if (expected.fault) {
    const Json wanted = expand(*expected.fault, names);
    if (!fault)
      return differs("a fault was expected, and the call succeeded",
                     wanted.is_boolean() ? "a fault" : "a fault like " + brief(wanted), describe(reply));
    if (const auto difference = fault_difference(wanted, fault->fault, names))
      return Problem{"another fault than expected", *difference};
    return {};
  }
  const Json wanted = expand(*expected.value, names);
  if (fault) return differs("the call failed with a fault", brief(wanted), describe(reply));
  if (const auto difference = first_difference(wanted, std::get<ValueReply>(reply).value, names))
    return Problem{"another value than expected", *difference};
  return {};
}

std::optional<Problem> judge_closing(const Expectation& expected, const Outcome& outcome) {
  if (!expected.closed) return {};
  try {
    if (outcome.closed == true) return {};
    if (outcome.closed == false)
      throw ConnectionError(ConnectionError::Kind::timeout, "the connection stays open");
    outcome.connection->expect_close(outcome.deadline);
  } catch (const ConnectionError& error) {
    return differs("the connection was not closed after the answer", "a closed connection",
                   error.what());
  }
  return {};
}

std::optional<Problem> judge_one_of(const Expectation& expected, const Outcome& outcome,
                                    const Names& names) {
  Problem all{"none of the alternatives holds", {}};
  for (const Expectation& alternative : expected.one_of) {
    const auto problem = judge(alternative, outcome, names);
    if (!problem) return {};
    all.difference.expected += (all.difference.expected.empty() ? "" : "; or ") + alternative.name;
    all.difference.actual = problem->difference.actual;
  }
  return all;
}

}  // namespace

std::optional<Problem> judge(const Expectation& expected, const Outcome& outcome,
                             const Names& names) {
  if (!expected.one_of.empty()) return judge_one_of(expected, outcome, names);
  const bool only_closed = expected.closed && !expected.value && !expected.fault &&
                           !expected.status && expected.headers.empty();
  if (only_closed) return judge_no_answer(outcome);
  if (!outcome.answer) return Problem{outcome.error->what(), {"", "an answer", outcome.error->what()}};
  const HttpAnswer& answer = *outcome.answer;
  if (auto problem = judge_status(expected, answer, names)) return problem;
  if (auto problem = judge_headers(expected, answer, names)) return problem;
  if (auto problem = judge_body(expected, outcome, names)) return problem;
  return judge_closing(expected, outcome);
}

std::optional<Problem> judge_setup(const Outcome& outcome) {
  const std::string expected = "an answer that is not a fault";
  if (!outcome.answer)
    return differs(std::string("the set-up failed: ") + outcome.error->what(), expected,
                   outcome.error->what());
  if (outcome.answer->status != 200)
    return differs("the set-up failed", expected, status_of(*outcome.answer));
  Reply read;
  const Reply& reply = reply_of(outcome, read);
  if (std::holds_alternative<ValueReply>(reply)) return {};
  return differs("the set-up failed", expected, describe(reply));
}

}  // namespace conformance
