#include "isolation.h"

#include <algorithm>
#include <cctype>
#include <regex>

#include "notation.h"

namespace conformance {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Every string that a value holds, names of members included, one a line.
/// Strings that are joined when they are sent are joined here.
std::string strings_in(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string all;
  const bool joined = dollar_word(value) == "$concat";
  if (value.is_object())
    for (const auto& [key, member] : value.items()) all += key + "\n" + strings_in(member) + "\n";
  if (value.is_array())
    for (const Json& item : value) all += strings_in(item) + "\n";
  if (joined) std::erase(all, '\n');
  return all;
}

std::string bytes_in(const Json& written) {
  return dollar_word(written).empty() && written.is_string()
             ? written.get<std::string>()
             : strings_in(expand(written, Names{}));
}

bool holds_own(const Json& value) {
  const std::string_view word = dollar_word(value);
  if (word == "$key" || word == "$improbable") return true;
  return value.is_structured() && std::any_of(value.begin(), value.end(), holds_own);
}

/// Whether a lenient server could take this key for one of somebody else.
bool is_own_key(const Json& key) {
  const std::string_view word = dollar_word(key);
  if (word == "$concat") return !key[word].empty() && is_own_key(key[word][0]) && key[word][0] != "";
  return key == "" || holds_own(key);
}

/// One call, alone or out of a multicall.
struct Call {
  std::string method;
  Json params;
};

std::vector<Call> calls_of(const CallStep& step) {
  std::vector<Call> calls = {{step.method, step.params}};
  if (lower(step.method) != "system.multicall" || step.params.empty()) return calls;
  if (!step.params[0].is_array()) return calls;
  for (const Json& entry : step.params[0])
    if (entry.is_object() && entry.contains("methodName") && entry["methodName"].is_string())
      calls.push_back({entry["methodName"].get<std::string>(),
                       entry.contains("params") ? entry["params"] : Json::array()});
  return calls;
}

/// Whatever its namespace: a lenient server may look at the last word alone.
bool takes_key(const std::string& method) {
  const std::string word = lower(method.substr(method.rfind('.') + 1));
  return word == "store" || word == "fetch" || word == "delete";
}

/// All that a request would put on the wire, as one text.
std::string text_of(const Step& step) {
  if (const auto* call = std::get_if<CallStep>(&step.action))
    return call->method + "\n" + strings_in(call->params);
  if (const auto* post = std::get_if<PostStep>(&step.action))
    return post->path + "\n" + bytes_in(post->body);
  std::string text;
  if (const auto* send = std::get_if<SendStep>(&step.action))
    for (const Json& piece : send->pieces) text += bytes_in(piece);
  return text;
}

void require(const Node& node, const Case& in, Need need, const std::string& reason) {
  if (!in.needs.contains(need))
    node.fail(reason + ": the case needs \"" + std::string(name_of(need)) + "\"");
}

}  // namespace

void check_isolation(const Node& node, const Case& in, const Step& step) {
  if (std::holds_alternative<RestartStep>(step.action))
    require(node, in, Need::restart, "the target is restarted");
  if (std::holds_alternative<WaitStep>(step.action)) require(node, in, Need::slow, "the run waits");

  const std::string text = lower(text_of(step));
  if (text.find("clear") != std::string::npos)
    require(node, in, Need::exclusive, "a lenient server could take this for cache.clear");
  for (const char* word : {"shutdown", "restart", "reload"})
    if (text.find(word) != std::string::npos)
      require(node, in, Need::restart, std::string("a lenient server could obey this ") + word);

  if (const auto* call = std::get_if<CallStep>(&step.action)) {
    for (const auto& [method, params] : calls_of(*call))
      if (takes_key(method) && params.is_array() && !params.empty() && !is_own_key(params[0]))
        require(node, in, Need::exclusive, "the key " + brief(params[0]) + " is not this run's own");
  } else if (text.find("<param>") != std::string::npos && text.find("{key:") == std::string::npos &&
             text.find(lower(Names{}.own_prefix())) == std::string::npos) {
    require(node, in, Need::exclusive, "the request names a key that is not this run's own");
  }
}

std::vector<Json> keys_named(const Case& of) {
  std::vector<Json> keys;
  const auto add = [&](const Json& key) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  };
  for (const Step& step : of.steps) {
    if (const auto* call = std::get_if<CallStep>(&step.action)) {
      for (const auto& [method, params] : calls_of(*call))
        if (lower(method).starts_with("cache.") && takes_key(method) && params.is_array() &&
            !params.empty() && params[0] != "")
          add(params[0]);
      continue;
    }
    static const std::regex placeholder("\\{key:([^}]*)\\}");
    const std::string text = text_of(step);
    for (auto found = std::sregex_iterator(text.begin(), text.end(), placeholder);
         found != std::sregex_iterator(); ++found)
      add({{"$key", (*found)[1].str()}});
  }
  return keys;
}

}  // namespace conformance
