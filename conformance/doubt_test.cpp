#include "doubt.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "judgement.h"

using namespace conformance;

namespace {

const std::vector<Judgement>& judgements() {
  static const auto all = read_judgements(KIT_FIXTURES "/matching");
  return all;
}

Outcome outcome_of(const Judgement& judgement) {
  HttpAnswerReader reader("POST");
  reader.feed(judgement.answer);
  if (judgement.closes) reader.end();
  Outcome outcome;
  if (reader.done() && reader.error().empty())
    outcome.answer = reader.take_answer();
  else
    outcome.error.emplace(ConnectionError::Kind::closed, "closed", judgement.answer);
  return outcome;
}

/// A case of one step, which got this judgement's answer.
Doubts doubts_of(const Judgement& judgement) {
  Case given;
  given.id = judgement.id;
  given.steps.push_back({judgement.place, CallStep{"cache.fetch"}, "", As::user, judgement.setup, {}});
  if (!judgement.setup) given.steps[0].expected.push_back(judgement.expected);
  return doubt(given, {{&given.steps[0], 0, outcome_of(judgement)}}, names_of(judgement));
}

Judgement expecting(const Json& value, const std::string& result) {
  Judgement judgement;
  judgement.id = "expecting";
  judgement.expected.value = value;
  const std::string body = "<methodResponse><params><param><value>" + result +
                           "</value></param></params></methodResponse>";
  judgement.answer =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  return judgement;
}

/// `change at path`, each once.
std::set<std::string> findings(const Judgement& judgement) {
  std::set<std::string> all;
  for (const Finding& finding : doubts_of(judgement).findings)
    all.insert(finding.change + " at " + finding.path);
  return all;
}

}  // namespace

TEST_CASE("the changes that a verdict may outlive are these") {
  std::string list;
  for (const Irrelevance& entry : irrelevances()) {
    list.append(entry.ground).append(entry.some ? ": some of" : ":");
    for (const std::string_view change : entry.changes) list.append(" [").append(change).append("]");
    list += "\n";
  }
  CHECK(list ==
        R"(struct: [members: another order] [members: doubled]
struct, a member hidden by another: [*]
$$own: [items: another order] [items: added, a string]
$$own of none: [items: none left]
$$ownInOrder: [items: added, a string]
$$own, a key of others: [text: *] [value: *] [item: *]
$$includes: [items: another order] [items: added, *]
$$includes, an item that is asked for: [item: doubled]
$$includes, another item: [*]
$$excludes: [items: another order] [items: none left] [items: an array around it]
$$excludes: some of [items: added, *]
$$excludes, an item: [*]
$$has: [members: another order] [members: doubled] [members: added]
$$has, another member: [*]
$$type: [number: *] [boolean: *] [text: *] [items: *] [members: *] [value: *]
$$type, inside: [*]
$$matches: some of [text: *] [value: *]
$$oneOf: [another alternative]
items judged alike: [items: another order]
$$batch: [items: an array around it] [items: out of its array]
$$batch, a result: [type: an array around it] [items: an array around it]
$$batch, the only item of a result: [type: an array around it] [items: an array around it] [type: out of its array] [items: out of its array]
$$batch, a result in an array: [type: out of its array] [items: out of its array]
$$fault, what is not named: [number: *] [text: *] [value: *]
fault, what is not named: [number: *] [text: *] [value: *]
fault, others not named: [*]
setup: [*]
oneOf: [another alternative]
http, a header not named: [header: *]
http, a header's name: [header: names in capitals]
http alone: [body: *]
http without a status: [number: *] [value: *]
no closed: [connection: *]
)");
}

TEST_CASE("each of them is shown by a judgement that holds") {
  for (const Irrelevance& entry : irrelevances()) {
    INFO(entry.ground << ": " << entry.shown_by);
    const auto found = std::find_if(judgements().begin(), judgements().end(),
                                    [&](const Judgement& given) { return given.id == entry.shown_by; });
    REQUIRE(found != judgements().end());
    CHECK(found->holds);
  }
}

TEST_CASE("what holds of the judgements is turned by each change, or that is declared irrelevant") {
  Doubts all;
  for (const Judgement& judgement : judgements()) {
    if (!judgement.holds) continue;
    INFO(judgement.place.str() << ": " << judgement.id);
    const Doubts doubts = doubts_of(judgement);
    CHECK(doubts.assertions == 1);
    CHECK(doubts.turned > 0);
    std::size_t irrelevant = 0;
    for (const auto& [entry, count] : doubts.irrelevant) irrelevant += count;
    CHECK(doubts.turned + irrelevant + doubts.findings.size() == doubts.changes);
    all.add(doubts);
    for (const Finding& finding : doubts.findings)
      FAIL_CHECK(finding.change << " at " << finding.path << ": " << finding.before << " to " << finding.after);
  }
  for (const Irrelevance& entry : irrelevances()) {
    INFO(entry.ground << " is of no use: no change needs it");
    CHECK(all.irrelevant[&entry] > 0);
  }
}

TEST_CASE("an expression that any text matches is found") {
  CHECK(findings(expecting({{"$$matches", "[0-9]*"}}, "12")).empty());
  CHECK(findings(expecting({{"$$matches", "[^]*"}}, "12")) == std::set<std::string>{"all of text: * at value"});
  CHECK(findings(expecting({{"a", {{"$$matches", "[^]*"}}}},
                           "<struct><member><name>a</name><value>x</value></member></struct>")) ==
        std::set<std::string>{"all of text: * at value.a"});
}

TEST_CASE("an exclusion that nothing meets is found") {
  const std::string list = "<array><data><value>a</value></data></array>";
  CHECK(findings(expecting({{"$$excludes", {"b"}}}, list)).empty());
  CHECK(findings(expecting({{"$$excludes", {{{"$$matches", "nobody at all"}}}}}, list)) ==
        std::set<std::string>{"all of items: added, * at value"});
}

TEST_CASE("alternatives that take everything are found") {
  Judgement judgement = expecting("a", "a");
  Expectation any;
  any.status = Json{{"$$type", "int"}};
  judgement.expected = {};
  judgement.expected.one_of = {any, any};
  CHECK(findings(judgement) == std::set<std::string>{"anything that is said at "});
}

TEST_CASE("what does not stand to begin with is found") {
  CHECK(findings(expecting("a", "b")).contains("nothing at all at "));
}
