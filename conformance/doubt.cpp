#include "doubt.h"

#include <algorithm>

#include "matcher.h"
#include "perturbation.h"

namespace conformance {

namespace {

using Grounds = std::vector<std::string_view>;

/// What the case stores, but for what a step that fetches a key asks for: values of
/// other keys, and older ones of this.
std::vector<Json> strange_values(const Case& given, const Step& asking, const Names& names) {
  constexpr std::size_t most = 4;
  const auto* asked = std::get_if<CallStep>(&asking.action);
  const bool fetches = asked && asked->method == "cache.fetch" && !asked->params.empty();
  std::vector<Json> values;
  bool is_current = fetches;  // until the value is found that the key has
  for (auto step = given.steps.rbegin(); step != given.steps.rend(); ++step) {
    const auto* call = std::get_if<CallStep>(&step->action);
    if (!call || call->method != "cache.store" || call->params.size() < 2) continue;
    if (is_current && &*step < &asking && call->params[0] == asked->params[0]) {
      is_current = false;
    } else if (values.size() < most) {
      values.push_back(expand(call->params[1], names));
    }
  }
  return values;
}

/// The alternatives of an expectation, down to those that have none, with
/// what they hold expanded.
void spread_out(const Expectation& expected, const Names& names, std::vector<Expectation>& all) {
  for (const Expectation& alternative : expected.one_of) spread_out(alternative, names, all);
  if (!expected.one_of.empty()) return;
  Expectation expanded = expected;
  for (auto* part : {&expanded.value, &expanded.fault, &expanded.status})
    if (*part) **part = expand(**part, names);
  for (auto& [name, text] : expanded.headers) text = expand(text, names);
  all.push_back(std::move(expanded));
}

/// One assertion, and its outcome, of which one thing at a time is changed and
/// put back.
class Doubter {
 public:
  Doubter(Assertion assertion, std::vector<Json> strange, const Names& names, Doubts& doubts)
      : step_(*assertion.step), outcome_(std::move(assertion.outcome)), strange_(std::move(strange)),
        names_(names), doubts_(doubts) {
    if (!step_.setup) spread_out(step_.expected[assertion.answer], names, expected_);
    if (outcome_.answer) outcome_.reply = read_reply(outcome_.answer->body);
    answered_ = outcome_.answer.has_value();
    outcome_.closed = false;
    if (!holding()) outcome_.closed = true;
    taken_ = holding().value_or(0);
  }

  void doubt() {
    ++doubts_.assertions;
    if (!holding()) return find("nothing at all", "", {}, {});
    if (outcome_.answer) {
      lose_answer();
      change_status();
      change_headers();
      change_body();
      change_reply();
      change_closing();
    } else {
      break_silence();
    }
    if (!says_) find("anything that is said", "", {}, {});
  }

 private:
  /// What the outcome satisfies, as an index; nothing if the verdict has turned.
  std::optional<std::size_t> holding() const {
    if (step_.setup) return judge_setup(outcome_) ? std::nullopt : std::optional<std::size_t>(0);
    if (!judge(expected_[taken_], outcome_, names_)) return taken_;
    for (std::size_t i = 0; i < expected_.size(); ++i)
      if (i != taken_ && !judge(expected_[i], outcome_, names_)) return i;
    return {};
  }

  /// The alternative that held for the reply as it came; not of a set-up.
  const Expectation& expected() const { return expected_[taken_]; }

  bool has_reply() const { return step_.setup || expected().value || expected().fault; }

  void find(std::string change, std::string path, std::string before, std::string after) {
    doubts_.findings.push_back({step_.place, std::move(change), std::move(path), std::move(before),
                                std::move(after)});
  }

  /// Judges the outcome as it is changed now. Returns whether that turned the verdict.
  bool has_turned(const std::string& change, const Grounds& grounds, const std::string& path = "",
                  const Json& before = {}, const Json& after = {},
                  const std::vector<Choice>& choices = {}) {
    ++doubts_.changes;
    const auto still = holding();
    if (!still) {
      ++doubts_.turned;
      says_ = says_ || (outcome_.answer.has_value() == answered_ && !change.starts_with("body: "));
      return true;
    }
    const Irrelevance* entry = irrelevance_of(grounds, change);
    if (*still != taken_) entry = irrelevance_of({"oneOf"}, "another alternative");
    if (!entry && is_another(choices)) entry = irrelevance_of({"$$oneOf"}, "another alternative");
    if (entry)
      ++doubts_.irrelevant[entry];
    else
      find(change, path, before.is_null() ? "" : brief(before), after.is_null() ? "" : brief(after));
    return false;
  }

  bool is_another(const std::vector<Choice>& choices) const {
    return std::any_of(choices.begin(), choices.end(), [&](const Choice& choice) {
      for (std::size_t i = 0; i < choice.alternatives->size(); ++i)
        if (i != choice.taken && !first_difference((*choice.alternatives)[i], *choice.value, names_))
          return true;
      return false;
    });
  }

  void lose_answer() {
    const auto answer = std::exchange(outcome_.answer, {});
    const auto lose = [&](ConnectionError::Kind kind, const char* change, const std::string& received) {
      outcome_.error.emplace(kind, change, received);
      has_turned(change, {});
    };
    lose(ConnectionError::Kind::timeout, "answer: none in time", "");
    lose(ConnectionError::Kind::closed, "answer: none, and the connection closed", "");
    lose(ConnectionError::Kind::closed, "answer: cut short", answer->head);
    lose(ConnectionError::Kind::malformed, "answer: no HTTP", "x");
    outcome_.error.reset();
    outcome_.answer = answer;
  }

  /// Where the connection was to be closed without an answer.
  void break_silence() {
    const auto error = outcome_.error;
    outcome_.error.emplace(ConnectionError::Kind::timeout, "no answer in time");
    has_turned("answer: none in time", {});
    outcome_.error.emplace(ConnectionError::Kind::closed, "cut short", "HTTP/1.1 200");
    has_turned("answer: cut short", {});
    outcome_.error.reset();
    outcome_.answer.emplace();
    for (const int status : {200, 400}) {
      outcome_.answer->status = status;
      has_turned("answer: one after all", {});
    }
    outcome_.answer.reset();
    outcome_.error = error;
  }

  void change_status() {
    Json status = outcome_.answer->status, wanted = 200;
    if (!step_.setup && expected().status) wanted = *expected().status;
    Parts finder(names_);
    auto parts = has_reply() || expected().status ? finder.of(wanted, status)
                                                  : finder.on("http without a status", status);
    change(parts, "status", {200, 400, 404, 500}, {"number: *", "value: *"},
           [&] { outcome_.answer->status = status.get<int>(); });
  }

  void change_headers() {
    auto& headers = outcome_.answer->headers;
    const auto kept = headers;
    const auto is_named = [&](const std::string& name) {
      HttpAnswer alone;
      alone.headers = {{name, ""}};
      return !step_.setup && std::any_of(expected().headers.begin(), expected().headers.end(),
                                         [&](const auto& header) { return alone.header(header.first); });
    };
    headers.emplace_back("X-Other", "x");
    has_turned("header: another added", {"http, a header not named"});
    headers = kept;
    std::erase_if(headers, [&](const auto& header) { return !is_named(header.first); });
    if (headers != kept) has_turned("header: others dropped", {"http, a header not named"});
    headers = kept;
    for (auto& [name, text] : headers)
      for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 0x20 : c);
    has_turned("header: names in capitals", {"http, a header's name"});
    headers = kept;
    if (step_.setup) return;

    for (const auto& [name, wanted] : expected().headers) {
      const auto set = [&](const Json& text) {
        headers = kept;
        headers.insert(headers.begin(), {name, text.get<std::string>()});
      };
      HttpAnswer alone;
      std::erase_if(headers, [&](const auto& header) {
        alone.headers = {header};
        return alone.header(name).has_value();
      });
      has_turned("header: dropped", {}, "header " + name);
      headers = kept;
      Json text = *outcome_.answer->header(name);
      auto parts = Parts(names_).of(wanted, text);
      change(parts, "header " + name, {}, {"text: *"}, [&] { set(text); });
      headers = kept;
    }
  }

  void change_body() {
    const Grounds grounds = has_reply() ? Grounds{} : Grounds{"http alone"};
    const auto reply = std::exchange(outcome_.reply, {});
    std::string& body = outcome_.answer->body;
    const std::string kept = body;
    const auto put = [&](const char* change, const std::string& changed) {
      if (changed == kept) return;
      body = changed;
      has_turned(change, grounds);
    };
    put("body: emptied", "");
    put("body: its end cut off", kept.substr(0, kept.rfind('>') == std::string::npos ? 0 : kept.rfind('>')));
    put("body: half of it", kept.substr(0, kept.size() / 2));
    put("body: text behind it", kept + "x");
    body = kept;
    outcome_.reply = reply;
  }

  void change_reply() {
    if (!has_reply()) return;
    const Reply kept = *outcome_.reply;
    const auto put = [&](const char* change, Reply reply) {
      outcome_.reply = std::move(reply);
      has_turned(change, {});
    };
    if (const auto* fault = std::get_if<FaultReply>(&kept)) {
      const Json shown = {{"faultCode", fault->fault["code"]}, {"faultString", fault->fault["string"]}};
      for (const Json& value : {Json(true), Json(false), Json(""), fault->fault["string"], shown})
        put("reply: a value in place of the fault", ValueReply{value});
      outcome_.reply = kept;
      change_fault(std::get<FaultReply>(*outcome_.reply).fault);
    } else {
      for (const int code : {1, 2, 10, 30})
        put("reply: a fault in place of the value",
            FaultReply{{{"code", code}, {"string", "BAD_NAME"}, {"others", Json::array()}}});
      outcome_.reply = kept;
      Json& value = std::get<ValueReply>(*outcome_.reply).value;
      Parts finder(names_);
      auto parts = step_.setup ? finder.on("setup", value) : finder.of(*expected().value, value);
      change(parts, "value", strange_, {"*"}, [] {});
    }
    outcome_.reply = kept;
  }

  void change_fault(Json& fault) {
    const Json& wanted = *expected().fault;
    const std::pair<const char*, Grounds> members[] = {
        {"code", {"number: *"}}, {"string", {"text: *"}}, {"others", {"items: *", "item: *"}}};
    for (const auto& [name, changes] : members) {
      const bool named = wanted.is_object() && wanted.contains(name);
      const auto* ground =
          changes[0] == "items: *" ? "fault, others not named" : "fault, what is not named";
      Parts finder(names_);
      auto parts = named ? finder.of(wanted[name], fault[name]) : finder.on(ground, fault[name]);
      change(parts, std::string("fault.") + name, {}, changes, [] {});
    }
  }

  void change_closing() {
    const bool wanted = !step_.setup && expected().closed;
    const auto kept = outcome_.closed;
    outcome_.closed = !*kept;
    has_turned(*kept ? "connection: left open" : "connection: closed",
               wanted ? Grounds{} : Grounds{"no closed"});
    outcome_.closed = kept;
  }

  /// A list with each thing that must not be in it.
  static void add_excluded(const Part& part, std::vector<Perturbed>& changes) {
    const Json* wanted = part.standing.expected;
    if (!wanted || dollar_word(*wanted) != "$$excludes") return;
    for (const Json& item : wanted->begin().value()) {
      if (dollar_word(item).starts_with("$$")) continue;
      Json more = *part.value;
      more.push_back(item);
      changes.push_back({"items: added, what is excluded", std::move(more), {}});
    }
  }

  /// Changes parts of something, one after the other. `take_over` is called after
  /// each change and when it is undone.
  template <typename TakeOver>
  void change(std::vector<Part>& parts, const std::string& whole, const std::vector<Json>& strange,
              const Grounds& kinds, TakeOver take_over) {
    for (Part& part : parts) {
      std::map<const Irrelevance*, bool> told_apart;
      auto changes = perturb(*part.value, strange, names_);
      add_excluded(part, changes);
      for (Perturbed& perturbed : changes) {
        if (!is_any_of(perturbed.change, kinds)) continue;
        const auto& grounds = perturbed.child && !part.children.empty()
                                  ? part.children[*perturbed.child].grounds
                                  : part.standing.grounds;
        Json kept = std::exchange(*part.value, std::move(perturbed.value));
        take_over();
        const bool turned = has_turned(perturbed.change, grounds, whole + part.path, kept, *part.value,
                                       part.standing.choices);
        *part.value = std::move(kept);  // and what other parts are in it stays where it is
        take_over();
        const Irrelevance* entry = irrelevance_of(grounds, perturbed.change);
        if (entry && entry->some) told_apart[entry] = told_apart[entry] || turned;
      }
      for (const auto& [entry, is_told] : told_apart)
        if (!is_told)
          find("all of " + std::string(entry->changes.front()), whole + part.path, brief(*part.value), "");
    }
  }

  const Step& step_;
  Outcome outcome_;
  std::vector<Expectation> expected_;  ///< alternatives, or the only one; none of a set-up
  std::size_t taken_ = 0;
  bool answered_ = false;
  bool says_ = false;  ///< what came decides, and not only that something came
  std::vector<Json> strange_;
  const Names& names_;
  Doubts& doubts_;
};

}  // namespace

void Doubts::add(const Doubts& more) {
  assertions += more.assertions;
  changes += more.changes;
  turned += more.turned;
  for (const auto& [entry, count] : more.irrelevant) irrelevant[entry] += count;
  findings.insert(findings.end(), more.findings.begin(), more.findings.end());
  duration += more.duration;
}

Doubts doubt(const Case& given, std::vector<Assertion> assertions, const Names& names) {
  const auto start = Clock::now();
  Doubts doubts;
  for (Assertion& assertion : assertions) {
    auto strange = strange_values(given, *assertion.step, names);
    Doubter(std::move(assertion), std::move(strange), names, doubts).doubt();
  }
  doubts.duration = Clock::now() - start;
  return doubts;
}

}  // namespace conformance
