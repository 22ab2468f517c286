#include "isolation.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace conformance {

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// Where `part` begins in `text`, each time. Whole fixtures are searched at
/// every start, for which std::regex is too slow.
std::vector<std::size_t> places_of(const std::string& part, const std::string& text) {
  std::vector<std::size_t> places;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    places.push_back(at);
  return places;
}

/// Whether `part` is somewhere in `text` without `rest` right behind it.
bool occurs_without(const std::string& part, const std::string& rest, const std::string& text) {
  const auto places = places_of(part, text);
  return std::any_of(places.begin(), places.end(), [&](std::size_t at) {
    return text.compare(at + part.size(), rest.size(), rest) != 0;
  });
}

/// The names in all `{key:NAME}` of a text.
std::vector<std::string> placeholders(const std::string& text) {
  const std::string open = "{key:";
  std::vector<std::string> names;
  for (const std::size_t at : places_of(open, text)) {
    const auto begin = at + open.size(), end = text.find('}', begin);
    if (end != std::string::npos && end > begin) names.push_back(text.substr(begin, end - begin));
  }
  return names;
}

/// The letters of a method's name without its namespace: a lenient server may
/// look at no more than that.
std::string last_word(const std::string& method) {
  std::string word = lower(method.substr(method.rfind('.') + 1));
  std::erase_if(word, [](unsigned char c) { return !std::isalpha(c); });
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
  static const std::regex reference("&#(x0*[0-9a-fA-F]{1,6}|[0-9]{1,9});");
  const auto find_reference = [&](std::smatch& found) {
    return xml.find("&#") != std::string::npos && std::regex_search(xml, found, reference);
  };
  for (std::smatch found; find_reference(found);) {
    const std::string digits = found[1];
    const int code = digits[0] == 'x' ? std::stoi(digits.substr(1), nullptr, 16) : std::stoi(digits);
    const std::string character(1, code > 0 && code < 128 ? static_cast<char>(code) : '?');
    xml.replace(static_cast<std::size_t>(found.position()), static_cast<std::size_t>(found.length()),
                character);
  }
  const auto cut = [&](const std::string& from, const std::string& to) {
    for (auto at = xml.find(from); at != std::string::npos; at = xml.find(from, at)) {
      const auto end = to.empty() ? at + from.size() : xml.find(to, at);
      if (end == std::string::npos) return;
      xml.erase(at, end + to.size() - at);
    }
  };
  cut("<!--", "-->");
  cut("<![CDATA[", "");
  cut("]]>", "");
  return xml;
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
  const std::string filled_in = "{authorization}";
  for (auto at = text.find(filled_in); at != std::string::npos; at = text.find(filled_in, at))
    text.erase(at, filled_in.size());
  return text;
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

std::vector<Call> calls_of(const CallStep& step, const Names& names) {
  const Json params = expand(step.params, names);
  std::vector<Call> calls = {{step.method, params}};
  find_calls(params, calls);
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
  std::vector<std::size_t> begins = places_of("<methodname", text);
  begins.insert(begins.begin(), 0);
  begins.push_back(text.size());
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    const std::string part = text.substr(begins[i], begins[i + 1] - begins[i]);
    auto from = part.find("<param");
    while (from != std::string::npos && part.compare(from, 7, "<params") == 0)
      from = part.find("<param", from + 1);
    if (from == std::string::npos) continue;
    const std::string key = part.substr(from, std::min(part.find("</param", from), part.size()) - from);
    if (placeholders(key).empty() && key.find(names.own_prefix()) == std::string::npos) return false;
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
    require(node, in, Need::exclusive, "a lenient server could take this for cache.clear");
  for (const std::string word : {"shutdown", "restart", "reload"})
    if (holds(word))
      require(node, in, Need::restart, "a lenient server could obey this \"" + word + "\"");
  if (occurs_without("supervisor.", "get", text))
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
    const std::string sent = strings_in(expand(call->params, names));
    if (sent.size() > light) require(node, in, Need::heavy, "more than 64 KiB are sent");
    check_words(node, in, lower(call->method + "\n" + sent));
    for (const Call& each : calls_of(*call, names))
      for (const Json& key : keys_of(each))
        if (!is_own(key, names)) require(node, in, Need::exclusive, "the key " + brief(key) + " is not this run's own");
    return;
  }
  const std::string written = lower(raw_text(step, names));
  if (written.size() > light) require(node, in, Need::heavy, "more than 64 KiB are sent");
  const std::string text = lower(plain_text(raw_text(step, names)));
  check_words(node, in, written + "\n" + text);
  // Ways to write a word that are not looked into.
  const auto holds = [&](const std::string& part) { return written.find(part) != std::string::npos; };
  if (holds("<!entity") || holds("transfer-encoding") || occurs_without("<?", "xml", written) ||
      holds(std::string(1, '\0')))
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
      for (const Call& each : calls_of(*call, names))
        if (lower(each.method).starts_with("cache."))
          for (const Json& key : keys_of(each)) add(key);
      continue;
    }
    const std::string text = raw_text(step, names);
    for (const std::string& name : placeholders(text)) add(names.key(name));
    for (const std::size_t at : places_of(names.own_prefix(), text))
      add(text.substr(at, text.find('<', at) - at));
  }
  return keys;
}

}  // namespace conformance
