#include "judge.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

const Names names{{0x1a2b3c4d}, "case"};

const std::string fault_body =
    "<methodResponse><fault><value><struct>"
    "<member><name>faultCode</name><value><int>10</int></value></member>"
    "<member><name>faultString</name><value><string>BAD_NAME</string></value></member>"
    "</struct></value></fault></methodResponse>";

std::string value_body(const std::string& value) {
  return "<methodResponse><params><param><value>" + value +
         "</value></param></params></methodResponse>";
}

Outcome answered(int status, const std::string& body,
                 std::vector<std::pair<std::string, std::string>> headers = {}) {
  Outcome outcome;
  outcome.answer = HttpAnswer{status, true, std::move(headers), body, ""};
  return outcome;
}

Outcome unanswered(ConnectionError::Kind kind, const std::string& message,
                   const std::string& received = "") {
  Outcome outcome;
  outcome.error = ConnectionError(kind, message, received);
  return outcome;
}

const Outcome timed_out = unanswered(ConnectionError::Kind::timeout, "no answer in time");
const Outcome hung_up = unanswered(ConnectionError::Kind::closed, "the connection was closed");

Expectation value(Json wanted) {
  Expectation expectation;
  expectation.value = std::move(wanted);
  return expectation;
}

Expectation fault(Json wanted) {
  Expectation expectation;
  expectation.fault = std::move(wanted);
  return expectation;
}

Expectation http(Json status, std::vector<std::pair<std::string, Json>> headers = {}) {
  Expectation expectation;
  if (!status.is_null()) expectation.status = std::move(status);
  expectation.headers = std::move(headers);
  return expectation;
}

Expectation closed() {
  Expectation expectation;
  expectation.closed = true;
  return expectation;
}

/// The problem as `message / path / expected / actual`; empty for none.
std::string problem(const Expectation& expected, const Outcome& outcome) {
  const auto found = judge(expected, outcome, names);
  if (!found) return "";
  return found->message + " / " + found->difference.path + " / " + found->difference.expected +
         " / " + found->difference.actual;
}

std::string setup_problem(const Outcome& outcome) {
  const auto found = judge_setup(outcome);
  return found ? found->message + " / " + found->difference.actual : "";
}

}  // namespace

TEST_CASE("A value is held against the answer's") {
  CHECK(problem(value(1), answered(200, value_body("<int>1</int>"))) == "");
  CHECK(problem(value({{"$key", "a"}}), answered(200, value_body("kit-1a2b3c4d.case.a"))) == "");
  CHECK(problem(value(1), answered(200, value_body("<array><data/></array>"))) ==
        "another value than expected /  / int 1 / array []");
  CHECK(problem(value(Json::array({1})),
                answered(200, value_body("<array><data><value>1</value></data></array>"))) ==
        "another value than expected / [0] / int 1 / string \"1\"");
  CHECK(problem(value(1), answered(200, fault_body)) ==
        "the call failed with a fault /  / 1 / fault {\"code\":10,\"string\":\"BAD_NAME\"}");
  CHECK(problem(value(1), answered(500, value_body("<int>1</int>"))) ==
        "wrong HTTP status /  / 200 / 500");
  CHECK(problem(value(1), timed_out) == "no answer in time /  / an answer / no answer in time");
}

TEST_CASE("A fault is held against the answer's") {
  CHECK(problem(fault(true), answered(200, fault_body)) == "");
  CHECK(problem(fault({{"code", 10}}), answered(200, fault_body)) == "");
  CHECK(problem(fault({{"code", 2}}), answered(200, fault_body)) ==
        "another fault than expected / fault.code / 2 / 10");
  CHECK(problem(fault({{"others", Json::array()}}), answered(200, fault_body)) == "");
  std::string longer_body = fault_body;
  longer_body.insert(longer_body.find("</struct>"), "<member><name>detail</name><value>x</value></member>");
  CHECK(problem(fault(true), answered(200, longer_body)) == "");
  CHECK(problem(fault({{"others", Json::array()}}), answered(200, longer_body)) ==
        "another fault than expected / fault.others / 0 items: [] / 1 items: [\"detail\"]");
  CHECK(problem(value(1), answered(200, longer_body)) ==
        "the call failed with a fault /  / 1 / "
        "fault {\"code\":10,\"string\":\"BAD_NAME\",\"others\":[\"detail\"]}");
  CHECK(problem(fault(true), answered(200, value_body("x"))) ==
        "a fault was expected, and the call succeeded /  / a fault / string \"x\"");
  CHECK(problem(fault({{"code", 2}}), answered(200, value_body("x"))) ==
        "a fault was expected, and the call succeeded /  / a fault like {\"code\":2} / string \"x\"");
}

TEST_CASE("Nothing but a well-formed fault with status 200 satisfies fault") {
  CHECK(problem(fault(true), answered(500, fault_body)) == "wrong HTTP status /  / 200 / 500");
  CHECK(problem(fault(true), answered(400, "Bad Request")) == "wrong HTTP status /  / 200 / 400");
  CHECK(problem(fault(true), answered(200, "<fault>"))
            .starts_with("the body is no XML-RPC answer /  / a fault / "));
  CHECK(problem(fault(true), answered(200, ""))
            .starts_with("the body is no XML-RPC answer /  / a fault / "));
  CHECK(problem(fault(true), timed_out) == "no answer in time /  / an answer / no answer in time");
  CHECK(problem(fault(true), hung_up) ==
        "the connection was closed /  / an answer / the connection was closed");
}

TEST_CASE("A body that is sent compressed is named as such") {
  CHECK(problem(value(1), answered(200, "\x1f\x8b", {{"content-encoding", "gzip"}}))
            .starts_with("the body is no XML-RPC answer: it is sent as gzip, which nobody asked for"));
}

TEST_CASE("Status and headers alone do not look at the body") {
  CHECK(problem(http(400), answered(400, "not XML")) == "");
  CHECK(problem(http(200), answered(200, fault_body)) == "");
  CHECK(problem(http(400), answered(200, "")) == "wrong HTTP status /  / 400 / 200");
  CHECK(problem(http({{"$$oneOf", {400, 411}}}), answered(411, "")) == "");
  CHECK(problem(http({{"$$oneOf", {400, 411}}}), answered(500, "")) != "");
  CHECK(problem(http(nullptr, {{"X-a", "b"}}), answered(500, "", {{"x-A", "b"}})) == "");
  CHECK(problem(http(nullptr, {{"X-a", "b"}}), answered(200, "")) ==
        "the header X-a is missing /  / \"b\" / no such header");
  CHECK(problem(http(nullptr, {{"X-a", "b"}}), answered(200, "", {{"X-a", "B"}})) ==
        "wrong header X-a /  / \"b\" / \"B\"");
  CHECK(problem(http(400), timed_out) != "");
}

TEST_CASE("Beside a value or a fault the status has the last word") {
  Expectation both = fault(true);
  both.status = 500;
  CHECK(problem(both, answered(500, fault_body)) == "");
  CHECK(problem(both, answered(200, fault_body)) == "wrong HTTP status /  / 500 / 200");
  CHECK(problem(both, answered(500, "oops")) != "");
  Expectation header = value("x");
  header.headers = {{"Content-Type", "text/xml"}};
  CHECK(problem(header, answered(200, value_body("x"), {{"Content-Type", "text/xml"}})) == "");
  CHECK(problem(header, answered(500, value_body("x"), {{"Content-Type", "text/xml"}})) ==
        "wrong HTTP status /  / 200 / 500");
}

TEST_CASE("Closed alone means that not a byte was sent") {
  CHECK(problem(closed(), hung_up) == "");
  CHECK(problem(closed(), unanswered(ConnectionError::Kind::closed, "cut off", "HTTP/1.1 2")) ==
        "cut off /  / the connection closed without an answer / cut off");
  CHECK(problem(closed(), timed_out) ==
        "no answer in time /  / the connection closed without an answer / no answer in time");
  CHECK(problem(closed(), unanswered(ConnectionError::Kind::unreachable, "refused")) != "");
  CHECK(problem(closed(), unanswered(ConnectionError::Kind::malformed, "not HTTP")) != "");
  CHECK(problem(closed(), answered(400, "")) ==
        "an answer came /  / the connection closed without an answer / HTTP status 400");
}

TEST_CASE("One of several expectations is enough, and none is named with all") {
  Expectation either;
  either.one_of = {fault(true), http(400), closed()};
  either.one_of[0].name = "a fault";
  either.one_of[1].name = "refused";
  either.one_of[2].name = "hung up";
  CHECK(problem(either, answered(200, fault_body)) == "");
  CHECK(problem(either, answered(400, "")) == "");
  CHECK(problem(either, hung_up) == "");
  CHECK(problem(either, timed_out) ==
        "none of the alternatives holds /  / a fault; or refused; or hung up / no answer in time");
  CHECK(problem(either, answered(200, value_body("x"))) ==
        "none of the alternatives holds /  / a fault; or refused; or hung up / HTTP status 200");
}

TEST_CASE("A set-up takes any value, and no fault") {
  CHECK(setup_problem(answered(200, value_body("x"))) == "");
  CHECK(setup_problem(answered(200, fault_body)) ==
        "the set-up failed / fault {\"code\":10,\"string\":\"BAD_NAME\"}");
  CHECK(setup_problem(answered(500, value_body("x"))) == "the set-up failed / HTTP status 500");
  CHECK(setup_problem(answered(200, "oops"))
            .starts_with("the set-up failed / no XML-RPC answer ("));
  CHECK(setup_problem(timed_out) == "the set-up failed: no answer in time / no answer in time");
}
