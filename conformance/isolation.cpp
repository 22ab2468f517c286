#include "isolation.h"

#include <algorithm>
#include <charconv>

namespace conformance {

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// Where a word stands that has no `but` right behind it; npos if nowhere.
std::size_t find_without(const std::string& text, const std::string& word, const std::string& but) {
  auto at = text.find(word);
  while (at != std::string::npos && text.compare(at + word.size(), but.size(), but) == 0)
    at = text.find(word, at + 1);
  return at;
}

/// A text without what stands from one mark up to the next `to`, marks included;
/// without the first mark alone if there is no other.
std::string without(std::string text, const std::string& from, const std::string& to = "") {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    const auto end = text.find(to, at + from.size());
    if (end == std::string::npos) break;
    text.erase(at, end + to.size() - at);
  }
  return text;
}

/// The names in all `{key:NAME}` of a text.
std::vector<std::string> names_in(const std::string& text) {
  static const std::string open = "{key:";
  constexpr std::size_t longest = 80;
  std::vector<std::string> names;
  for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const auto from = at + open.size(), to = text.find('}', from);
    if (to == std::string::npos) break;
    if (to == from || to - from > longest) continue;
    names.push_back(text.substr(from, to - from));
    at = to;
  }
  return names;
}

/// The letters of a method's name without its namespace: a lenient server may
/// look at no more than that.
std::string last_word(const std::string& method) {
  std::string word = lower(method.substr(method.rfind('.') + 1));
  std::erase_if(word, [](char c) { return c < 'a' || c > 'z'; });
  return word;
}

/// Finds every string that an expanded value holds, names of members included.
void find_strings(const Json& value, std::vector<std::string_view>& found) {
  if (value.is_string()) found.push_back(value.get_ref<const std::string&>());
  if (value.is_object())
    for (auto member = value.begin(); member != value.end(); ++member) found.push_back(member.key());
  if (value.is_structured())
    for (const Json& part : value) find_strings(part, found);
}

/// XML as a parser would read it, as far as words can hide in it: numeric
/// references become characters, comments and the marks of CDATA go.
std::string plain_text(std::string xml) {
  for (auto at = xml.find("&#"); at != std::string::npos; at = xml.find("&#", at)) {
    const bool is_hex = xml.compare(at + 2, 1, "x") == 0;
    const char* const digits = xml.data() + at + (is_hex ? 3 : 2);
    unsigned code = 0;
    const auto [end, error] =
        std::from_chars(digits, xml.data() + xml.size(), code, is_hex ? 16 : 10);
    if (end == digits || *end != ';') {
      ++at;
      continue;
    }
    const bool is_ascii = error == std::errc() && code > 0 && code < 128;
    const auto size = static_cast<std::size_t>(end + 1 - (xml.data() + at));
    xml.replace(at, size, 1, is_ascii ? static_cast<char>(code) : '?');
    // The character may be part of another reference.
    at = std::min(at, xml.rfind('&', at));
  }
  xml = without(std::move(xml), "<!--", "-->");
  return without(without(std::move(xml), "<![CDATA["), "]]>");
}

/// A post or send as one text: all of its bytes but those of the runner.
std::string raw_text(const Step& step, const Names& names) {
  const auto bytes = [&](const Json& written) { return expand(written, names).get<std::string>(); };
  std::string text;
  if (const auto* post = std::get_if<PostStep>(&step.action)) {
    text = post->path + "\n";
    for (const auto& [name, value] : post->headers) text += name + ": " + value + "\n";
    text += bytes(post->body);
  } else if (const auto* send = std::get_if<SendStep>(&step.action)) {
    for (const Json& piece : send->pieces) text += bytes(piece);
  }
  // Filled with nothing where the target asks for no password.
  return without(std::move(text), "{authorization}");
}

/// One call, alone or out of a multicall; expanded.
struct Call {
  std::string method;
  Json params;
};

/// The values of all members of that name: a doubled one may count twice.
std::vector<Json> members(const Json& value, const std::string& name) {
  std::vector<Json> found;
  if (dollar_word(value) == "$struct") {
    for (const Json& pair : value["$struct"])
      if (pair[0] == name) found.push_back(pair[1]);
  } else if (value.is_object() && value.contains(name)) {
    found.push_back(value[name]);
  }
  return found;
}

/// Whatever in a value a multicall could take for a call.
void find_calls(const Json& value, std::vector<Call>& calls) {
  for (const Json& method : members(value, "methodName"))
    for (const Json& params : members(value, "params"))
      if (method.is_string()) calls.push_back({method.get<std::string>(), params});
  if (value.is_structured())
    for (const Json& part : value) find_calls(part, calls);
}

/// `params` are expanded.
std::vector<Call> calls_of(const std::string& method, Json params) {
  std::vector<Call> calls;
  find_calls(params, calls);
  calls.push_back({method, std::move(params)});
  return calls;
}

/// The keys that a call reads or writes under, also where a lenient server
/// would take several.
std::vector<Json> keys_of(const Call& call) {
  const std::string word = last_word(call.method);
  if (word != "store" && word != "fetch" && word != "delete") return {};
  // Parameters that are no array may be spread out by the target all the same.
  if (!call.params.is_array()) return {{{"params", call.params}}};
  if (call.params.empty()) return {};
  if (word == "store") return {call.params[0]};
  return {call.params.begin(), call.params.end()};
}

/// Whether not even a lenient server can take this key for somebody else's.
bool is_own(const Json& key, const Names& names) {
  if (key.is_string()) {
    const auto& text = key.get_ref<const std::string&>();
    return text.empty() || text.starts_with(names.own_prefix());
  }
  for (const char* type : {"int", "double"})
    if (key == expand({{"$improbable", type}}, names)) return true;
  // Of several parts a target may take any one.
  bool has_own = false;
  const auto fits = [&](const Json& part) {
    has_own = has_own || part != "";
    return is_own(part, names);
  };
  if (dollar_word(key) == "$struct") {
    for (const Json& pair : key["$struct"])
      if (!fits(pair[1])) return false;
    return has_own;
  }
  return key.is_structured() && std::all_of(key.begin(), key.end(), fits) && has_own;
}

/// Whether the first parameter of every call in a raw text holds a key of the
/// run. `text` is in small letters.
bool names_own_keys(const std::string& text, const Names& names) {
  static const std::string call = "<methodname";
  for (std::size_t at = 0, next; at != std::string::npos; at = next) {
    next = text.find(call, at + 1);
    const std::string part = text.substr(at, next - at);
    const auto first = find_without(part, "<param", "s");
    if (first == std::string::npos) continue;
    const std::string key = part.substr(first, part.find("</param", first) - first);
    if (names_in(key).empty() && key.find(names.own_prefix()) == std::string::npos) return false;
  }
  return true;
}

void require(const Node& node, const Case& in, Need need, const std::string& reason) {
  if (!in.needs.contains(need))
    node.fail(reason + ": the case needs \"" + std::string(name_of(need)) + "\"");
}

/// Words that a lenient server could obey, wherever they stand.
void check_words(const Node& node, const Case& in, const std::string& text) {
  const auto holds = [&](const std::string& part) { return text.find(part) != std::string::npos; };
  if (holds("clear"))
    require(node, in, Need::exclusive, "a lenient server could take this for a call of clear");
  for (const std::string word : {"shutdown", "restart", "reload"})
    if (holds(word))
      require(node, in, Need::restart, "a lenient server could obey this \"" + word + "\"");
  if (find_without(text, "supervisor.", "get") != std::string::npos)
    require(node, in, Need::restart, "only supervisor.get… leaves a supervisord as it was");
}

}  // namespace

void check_isolation(const Node& node, const Case& in, const Step& step) {
  // Nobody can write these names into a fixture, and no id is in them.
  static const Names names{RunId::draw(), ""};
  if (std::holds_alternative<RestartStep>(step.action))
    return require(node, in, Need::restart, "the target is restarted");
  if (std::holds_alternative<WaitStep>(step.action))
    return require(node, in, Need::slow, "the run waits");

  constexpr std::size_t light = 64 * 1024;
  if (const auto* call = std::get_if<CallStep>(&step.action)) {
    Json params = expand(call->params, names);
    std::vector<std::string_view> sent = {call->method};
    find_strings(params, sent);
    std::size_t size = 0;
    for (const std::string_view text : sent) {
      size += text.size();
      check_words(node, in, lower(std::string(text)));
    }
    if (size > light) require(node, in, Need::heavy, "more than 64 KiB are sent");
    for (const Call& each : calls_of(call->method, std::move(params)))
      for (const Json& key : keys_of(each))
        if (!is_own(key, names)) require(node, in, Need::exclusive, "the key " + brief(key) + " is not this run's own");
    return;
  }
  const std::string raw = raw_text(step, names), written = lower(raw);
  if (written.size() > light) require(node, in, Need::heavy, "more than 64 KiB are sent");
  const std::string text = lower(plain_text(raw));
  check_words(node, in, written + "\n" + text);
  // Ways to write a word that are not looked into.
  const auto holds = [&](std::string_view part) { return written.find(part) != std::string::npos; };
  if (holds("<!entity") || find_without(written, "<?", "xml") != std::string::npos ||
      holds("transfer-encoding") || holds(std::string_view("\0", 1)))
    require(node, in, Need::exclusive, "the request may say what cannot be seen here");
  if (!names_own_keys(text, names))
    require(node, in, Need::exclusive, "the request may name a key that is not this run's own");
}

std::vector<Json> keys_named(const Case& of, const Names& names) {
  std::vector<Json> keys;
  const auto add = [&](const Json& key) {
    if (key != "" && std::find(keys.begin(), keys.end(), key) == keys.end())
      keys.push_back(key);
  };
  for (const Step& step : of.steps) {
    if (const auto* call = std::get_if<CallStep>(&step.action)) {
      for (const Call& each : calls_of(call->method, expand(call->params, names)))
        if (lower(each.method).starts_with("cache."))
          for (const Json& key : keys_of(each)) add(key);
      continue;
    }
    const std::string text = raw_text(step, names);
    for (const std::string& name : names_in(text)) add(names.key(name));
    for (auto at = text.find(names.own_prefix()); at != std::string::npos;
         at = text.find(names.own_prefix(), at + 1))
      add(text.substr(at, text.find('<', at) - at));
  }
  return keys;
}

}  // namespace conformance
