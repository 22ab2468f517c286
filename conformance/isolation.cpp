#include "isolation.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace conformance {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// A method's name without its namespace, since a lenient server may look at
/// no more than that.
std::string last_word(const std::string& method) {
  std::string word = lower(method.substr(method.rfind('.') + 1));
  std::erase_if(word, [](unsigned char c) { return std::isspace(c); });
  return word;
}

/// Every string that an expanded value holds, names of members included.
std::string strings_in(const Json& value) {
  if (value.is_string()) return value.get<std::string>() + "\n";
  std::string all;
  if (value.is_object())
    for (const auto& [key, member] : value.items()) all += key + "\n" + strings_in(member);
  if (value.is_array())
    for (const Json& item : value) all += strings_in(item);
  return all;
}

/// XML as a parser would read it, as far as words can hide in it: numeric
/// references become characters, comments and the marks of CDATA go.
std::string plain_text(std::string xml) {
  static const std::regex reference("&#(x[0-9a-fA-F]{1,6}|[0-9]{1,7});");
  for (std::smatch found; std::regex_search(xml, found, reference);) {
    const std::string digits = found[1];
    const int code = digits[0] == 'x' ? std::stoi(digits.substr(1), nullptr, 16) : std::stoi(digits);
    const std::string character(1, code > 0 && code < 128 ? static_cast<char>(code) : '?');
    xml.replace(static_cast<std::size_t>(found.position()), static_cast<std::size_t>(found.length()),
                character);
  }
  static const std::regex comments_and_marks("<!--[^]{0,200}?-->|<!\\[CDATA\\[|\\]\\]>");
  return std::regex_replace(xml, comments_and_marks, "");
}

/// All that a step puts on the wire beside its framing, as one text.
std::string text_of(const Step& step, const Names& names) {
  const auto bytes = [&](const Json& written) { return expand(written, names).get<std::string>(); };
  if (const auto* call = std::get_if<CallStep>(&step.action))
    return call->method + "\n" + strings_in(expand(call->params, names));
  if (const auto* post = std::get_if<PostStep>(&step.action))
    return post->path + "\n" + plain_text(bytes(post->body));
  std::string text;
  if (const auto* send = std::get_if<SendStep>(&step.action))
    for (const Json& piece : send->pieces) text += bytes(piece);
  return plain_text(text);
}

/// One call, alone or out of a multicall; expanded.
struct Call {
  std::string method;
  Json params;
};

Json member(const Json& value, const std::string& name) {
  Json found;
  if (dollar_word(value) == "$struct") {
    for (const Json& pair : value["$struct"])
      if (pair[0] == name) found = pair[1];
  } else if (value.is_object() && value.contains(name)) {
    found = value[name];
  }
  return found;
}

std::vector<Call> calls_of(const CallStep& step, const Names& names) {
  const Json params = expand(step.params, names);
  std::vector<Call> calls = {{step.method, params}};
  if (last_word(step.method) != "multicall" || params.empty() || !params[0].is_array()) return calls;
  for (const Json& entry : params[0])
    if (const Json method = member(entry, "methodName"); method.is_string())
      calls.push_back({method.get<std::string>(), member(entry, "params")});
  return calls;
}

/// The key that a call reads or writes under; null if it has none.
Json key_of(const Call& call) {
  const std::string word = last_word(call.method);
  if (word != "store" && word != "fetch" && word != "delete") return nullptr;
  return call.params.is_array() && !call.params.empty() ? call.params[0] : Json();
}

/// Whether not even a lenient server can take this key for somebody else's.
bool is_own(const Json& key, const Names& names) {
  if (key.is_string()) {
    const auto& text = key.get_ref<const std::string&>();
    return text.empty() || text.starts_with(names.own_prefix());
  }
  for (const char* type : {"int", "double"})
    if (key == expand({{"$improbable", type}}, names)) return true;
  return key.is_structured() && std::any_of(key.begin(), key.end(), [&](const Json& part) {
           return part != "" && is_own(part, names);
         });
}

void require(const Node& node, const Case& in, Need need, const std::string& reason) {
  if (!in.needs.contains(need))
    node.fail(reason + ": the case needs \"" + std::string(name_of(need)) + "\"");
}

}  // namespace

void check_isolation(const Node& node, const Case& in, const Step& step) {
  // No key of the case holds a word that is looked for below.
  const Names names{RunId{}, ""};
  if (std::holds_alternative<RestartStep>(step.action))
    require(node, in, Need::restart, "the target is restarted");
  if (std::holds_alternative<WaitStep>(step.action)) require(node, in, Need::slow, "the run waits");

  const std::string text = lower(text_of(step, names));
  const auto holds = [&](const std::string& part) { return text.find(part) != std::string::npos; };
  if (holds("clear"))
    require(node, in, Need::exclusive, "a lenient server could take this for cache.clear");
  for (const std::string word : {"shutdown", "restart", "reload"})
    if (holds(word))
      require(node, in, Need::restart, "a lenient server could obey this \"" + word + "\"");

  if (const auto* call = std::get_if<CallStep>(&step.action)) {
    for (const Call& each : calls_of(*call, names))
      if (const Json key = key_of(each); !key.is_null() && !is_own(key, names))
        require(node, in, Need::exclusive, "the key " + brief(key) + " is not this run's own");
  } else if (holds("<param>") && !holds("{key:") && !holds(names.own_prefix())) {
    require(node, in, Need::exclusive, "the request may name a key that is not this run's own");
  }
}

std::vector<Json> keys_named(const Case& of, const Names& names) {
  std::vector<Json> keys;
  const auto add = [&](const Json& key) {
    if (!key.is_null() && key != "" && std::find(keys.begin(), keys.end(), key) == keys.end())
      keys.push_back(key);
  };
  for (const Step& step : of.steps) {
    if (const auto* call = std::get_if<CallStep>(&step.action)) {
      for (const Call& each : calls_of(*call, names))
        if (lower(each.method).starts_with("cache.")) add(key_of(each));
      continue;
    }
    static const std::regex placeholder("\\{key:([^}]{1,80})\\}");
    const std::string text = text_of(step, names);
    for (auto found = std::sregex_iterator(text.begin(), text.end(), placeholder);
         found != std::sregex_iterator(); ++found)
      add(names.key((*found)[1].str()));
  }
  return keys;
}

}  // namespace conformance
