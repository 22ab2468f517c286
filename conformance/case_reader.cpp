#include "case_reader.h"

#include <algorithm>
#include <cctype>

#include "isolation.h"
#include "notation.h"

namespace conformance {

namespace {

Level read_level(const Node& node) {
  for (const Level level : {Level::must, Level::should, Level::observed})
    if (node.string() == name_of(level)) return level;
  node.fail("unknown level \"" + node.string() + "\"; known: must, should, observed");
}

std::set<std::string> read_specs(const Node& node) {
  std::set<std::string> specs;
  for (const Node& item : node.items()) {
    if (item.string() != "1.0" && item.string() != "1.1")
      item.fail("unknown spec \"" + item.string() + "\"; known: 1.0, 1.1");
    specs.insert(item.string());
  }
  if (specs.size() != 1) node.fail("name one spec; a case of both has no \"specs\"");
  return specs;
}

std::set<Need> read_needs(const Node& node) {
  std::set<Need> needs;
  for (const Node& item : node.items()) {
    const auto need = need_named(item.string());
    if (!need) item.fail("unknown need \"" + item.string() + "\"; known: " + known_needs());
    if (!needs.insert(*need).second) item.fail("\"" + item.string() + "\" is named twice");
  }
  return needs;
}

std::vector<const Behaviour*> read_cites(const Node& node, Level level,
                                         const std::map<std::string, Behaviour>& behaviours) {
  std::vector<const Behaviour*> cites;
  for (const Node& item : node.items()) {
    const auto found = behaviours.find(item.string());
    if (found == behaviours.end())
      item.fail("\"" + item.string() + "\" is no statement of behaviours.json");
    cites.push_back(&found->second);
  }
  const bool borne_out = std::any_of(cites.begin(), cites.end(), [&](const Behaviour* behaviour) {
    return behaviour->level >= level;
  });
  if (!borne_out && level != Level::observed)
    node.fail("a \"" + std::string(name_of(level)) +
              "\" case must cite a statement of that level or a higher one");
  return cites;
}

/// A body or bytes: a string, or what becomes one.
Json read_bytes(const Node& node) {
  check_notation(node, Matchers::forbidden);
  const std::string_view word = dollar_word(node.json());
  if (!node.json().is_string() && word != "$key" && word != "$concat" && word != "$repeat" &&
      word != "$hex")
    node.fail("expected a string or a $key, $concat, $repeat or $hex");
  return node.json();
}

PostStep read_post(const Node& node) {
  node.allow_only({"method", "path", "headers", "body"});
  PostStep post;
  // A line end in any of these would begin another request.
  const auto one_line = [](const Node& text) -> const std::string& {
    if (text.string().find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      text.fail("expected one line of text");
    return text.string();
  };
  if (node.has("method")) {
    post.method = node.at("method").string();
    if (post.method.empty() || !std::all_of(post.method.begin(), post.method.end(), [](unsigned char c) {
          return std::isalpha(c);
        }))
      node.at("method").fail("expected letters");
  }
  if (node.has("path")) post.path = one_line(node.at("path"));
  if (node.has("headers"))
    for (const Node& header : node.at("headers").members()) {
      if (header.key().find_first_not_of(
              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != std::string::npos)
        header.fail_at_key("expected the name of a header");
      post.headers.emplace_back(header.key(), one_line(header));
    }
  if (node.has("body")) post.body = read_bytes(node.at("body"));
  return post;
}

SendStep read_send(const Node& node) {
  SendStep send;
  if (!node.json().is_array()) return {{read_bytes(node)}};
  for (const Node& piece : node.items()) send.pieces.push_back(read_bytes(piece));
  if (send.pieces.empty()) node.fail("expected at least one piece");
  return send;
}

std::vector<Expectation> read_expectations(const Node& step, bool is_send) {
  if (!step.has("expect")) return {read_expectation(step)};
  const Node list = step.at("expect");
  if (!is_send) list.fail_at_key("\"expect\" belongs to a send; give the expectation itself");
  for (const char* other : {"value", "fault", "http", "closed", "oneOf"})
    if (step.has(other)) step.at(other).fail_at_key("stands inside \"expect\", not beside it");
  std::vector<Expectation> expectations;
  for (const Node& item : list.items()) {
    item.allow_only({"value", "fault", "http", "closed", "oneOf"});
    expectations.push_back(read_expectation(item));
  }
  if (expectations.size() < 2) list.fail("expected two answers at least");
  return expectations;
}

void read_action(const Node& node, Step& step) {
  if (node.has("call")) {
    CallStep call{read_sentence(node.at("call")), Json::array()};
    if (node.has("params")) {
      for (const Node& param : node.at("params").items()) check_notation(param, Matchers::forbidden);
      call.params = node.at("params").json();
    }
    step.action = std::move(call);
  } else if (node.has("post")) {
    step.action = read_post(node.at("post"));
  } else if (node.has("send")) {
    step.action = read_send(node.at("send"));
  } else if (node.has("restart")) {
    if (!node.at("restart").boolean()) node.at("restart").fail("the only value here is true");
    step.action = RestartStep{};
  } else if (node.has("wait")) {
    const int seconds = node.at("wait").integer();
    if (seconds < 1 || seconds > 3) node.at("wait").fail("expected 1, 2 or 3 seconds");
    step.action = WaitStep{seconds};
  } else {
    node.fail("no action: give one of call, post, send, restart, wait");
  }
}

Step read_step(const Node& node) {
  node.allow_only({"call", "params", "post", "send", "restart", "wait", "on", "as", "setup", "value",
                   "fault", "http", "closed", "oneOf", "expect"});
  Step step;
  step.place = node.place();
  int actions = 0;
  for (const char* action : {"call", "post", "send", "restart", "wait"}) actions += node.has(action);
  if (actions > 1) node.fail("more than one of call, post, send, restart, wait");
  read_action(node, step);

  if (node.has("params") && !node.has("call")) node.at("params").fail_at_key("belongs to a call");
  if (node.has("on")) step.on = read_id(node.at("on"));
  if (node.has("as")) {
    const std::string& as = node.at("as").string();
    if (as != "nobody" && as != "wrong") node.at("as").fail("expected \"nobody\" or \"wrong\"");
    if (node.has("send")) node.at("as").fail_at_key("a send writes its own credentials");
    step.as = as == "nobody" ? As::nobody : As::wrong;
  }
  if (node.has("setup")) {
    step.setup = node.at("setup").boolean();
    if (!step.setup) node.at("setup").fail("the only value here is true");
  }

  if (node.has("restart") || node.has("wait") || step.setup) {
    for (const char* key : {"value", "fault", "http", "closed", "oneOf", "expect"})
      if (node.has(key)) node.at(key).fail_at_key("this step has no expectation");
    for (const char* key : {"on", "as", "setup"})
      if (node.has(key) && (node.has("restart") || node.has("wait")))
        node.at(key).fail_at_key("belongs to a call, post or send");
  } else {
    step.expected = read_expectations(node, node.has("send"));
  }
  return step;
}

}  // namespace

Expectation read_expectation(const Node& node) {
  Expectation expectation;
  int kinds = 0;
  if (node.has("value")) {
    check_notation(node.at("value"), Matchers::allowed);
    expectation.value = node.at("value").json();
    ++kinds;
  }
  if (node.has("fault")) {
    const Node fault = node.at("fault");
    if (!fault.json().is_boolean()) {
      fault.allow_only({"code", "string", "others"});
      if (fault.json().empty()) fault.fail("expected true, or a code, a string or others");
      check_notation(fault, Matchers::allowed);
    } else if (!fault.boolean()) {
      fault.fail("the only values here are true and an object");
    }
    expectation.fault = fault.json();
    ++kinds;
  }
  if (node.has("oneOf")) {
    std::set<std::string> names;
    for (const Node& item : node.at("oneOf").items()) {
      item.allow_only({"name", "value", "fault", "http", "closed"});
      Expectation alternative = read_expectation(item);
      alternative.name = read_sentence(item.at("name"));
      if (!names.insert(alternative.name).second) item.at("name").fail("the name is given twice");
      expectation.one_of.push_back(std::move(alternative));
    }
    if (expectation.one_of.size() < 2) node.at("oneOf").fail("expected two alternatives at least");
    ++kinds;
  }
  bool http = false;
  if (node.has("http")) {
    const Node answer = node.at("http");
    answer.allow_only({"status", "headers"});
    if (answer.json().empty()) answer.fail("expected a status, headers, or both");
    if (answer.has("status")) {
      check_notation(answer.at("status"), Matchers::allowed);
      expectation.status = answer.at("status").json();
    }
    if (answer.has("headers")) {
      if (answer.at("headers").members().empty()) answer.at("headers").fail("expected a header");
      for (const Node& header : answer.at("headers").members()) {
        check_notation(header, Matchers::allowed);
        expectation.headers.emplace_back(header.key(), header.json());
      }
    }
    http = true;
  }
  if (node.has("closed")) {
    expectation.closed = node.at("closed").boolean();
    if (!expectation.closed) node.at("closed").fail("the only value here is true");
  }
  if (kinds > 1) node.fail("more than one of value, fault, oneOf: exactly one is expected");
  if (kinds + http + expectation.closed == 0)
    node.fail("no expectation: give one of value, fault, http, closed, oneOf or setup");
  if (!expectation.one_of.empty() && (http || expectation.closed))
    node.fail("http and closed stand inside oneOf, not beside it");
  return expectation;
}

const std::string& read_id(const Node& node) {
  const std::string& id = node.string();
  if (id.empty() || id.size() > 60 ||
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    node.fail("expected at most 60 of a-z, 0-9 and -, found " + brief(node.json()));
  return id;
}

const std::string& read_namespace(const Node& node) {
  const std::string& name = node.string();
  if (name.empty() || name.size() > 60 ||
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
          std::string::npos)
    node.fail("expected at most 60 letters, digits, _ and -, found " + brief(node.json()));
  return name;
}

void check_format(const Node& root) {
  if (root.at("format").string() != "1.0")
    root.at("format").fail("format \"" + root.at("format").string() +
                           "\" is not known here; this program reads \"1.0\"");
}

const std::string& read_sentence(const Node& node) {
  if (node.string().empty() || node.string().find('\n') != std::string::npos)
    node.fail("expected one line of text");
  return node.string();
}

Behaviour read_behaviour(const Node& node) {
  node.allow_only({"id", "level", "statement", "source", "if_broken", "specs", "proved_by",
                   "kept_by_reference"});
  Behaviour behaviour;
  behaviour.id = read_id(node.at("id"));
  behaviour.level = read_level(node.at("level"));
  if (behaviour.level == Level::observed)
    node.at("level").fail("a statement comes from a document: must or should");
  behaviour.statement = read_sentence(node.at("statement"));
  behaviour.source = read_sentence(node.at("source"));
  behaviour.if_broken = read_sentence(node.at("if_broken"));
  if (node.has("specs")) read_specs(node.at("specs"));
  read_sentence(node.at("proved_by"));
  if (node.has("kept_by_reference")) node.at("kept_by_reference").allow_only({"holds", "tried"});
  return behaviour;
}

Case read_case(const Node& node, const std::map<std::string, Behaviour>& behaviours) {
  node.allow_only({"id", "title", "level", "cites", "recorded", "why", "needs", "specs", "socket",
                   "credentials", "steps"});
  Case result;
  result.place = node.place();
  result.id = read_id(node.at("id"));
  result.title = read_sentence(node.at("title"));
  result.level = read_level(node.at("level"));
  if (result.level != Level::observed || node.has("cites"))
    result.cites = read_cites(node.at("cites"), result.level, behaviours);
  if (result.level == Level::observed) {
    result.recorded = read_sentence(node.at("recorded"));
  } else if (node.has("recorded")) {
    node.at("recorded").fail_at_key("belongs to an observed case");
  }
  if (node.has("why")) result.why = read_sentence(node.at("why"));
  if (node.has("needs")) result.needs = read_needs(node.at("needs"));
  if (node.has("specs")) result.specs = read_specs(node.at("specs"));
  if (node.has("socket")) {
    result.socket = node.at("socket").string();
    if (result.socket != "inet" && result.socket != "unix")
      node.at("socket").fail("expected \"inet\" or \"unix\"");
  }
  if (node.has("credentials")) {
    result.credentials = node.at("credentials").boolean();
    if (!result.credentials) node.at("credentials").fail("the only value here is true");
  }
  for (const Node& item : node.at("steps").items()) {
    result.steps.push_back(read_step(item));
    check_isolation(item, result, result.steps.back());
  }
  if (std::all_of(result.steps.begin(), result.steps.end(),
                  [](const Step& step) { return step.expected.empty(); }))
    node.at("steps").fail("no step has an expectation: the case could not fail");
  return result;
}

}  // namespace conformance
