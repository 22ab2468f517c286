#include "notation.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <random>
#include <regex>
#include <set>

namespace conformance {

namespace {

/// One word behind a `$` or `$$`: how its argument must look, and what it
/// becomes once the run and the case are known.
struct Word {
  std::string_view name;
  std::string_view type;  ///< of the value; empty where expand decides, and for matchers
  void (*check)(const Node& argument, Matchers);
  Json (*expand)(const Json& argument, const Names&);
};

const Word* find_word(std::string_view name);

void check_string(const Node& argument, Matchers) { argument.string(); }

void check_each(const Node& argument, Matchers matchers) {
  for (const Node& item : argument.items()) check_notation(item, matchers);
}

void check_names(const Node& argument, Matchers) {
  for (const Node& item : argument.items()) item.string();
}

/// A string, or a `$` value that becomes one.
void check_text(const Node& node) {
  check_notation(node, Matchers::forbidden);
  const std::string_view word = dollar_word(node.json());
  if (node.json().is_string() || word == "$key" || word == "$concat" || word == "$repeat" ||
      word == "$hex")
    return;
  node.fail("expected a string or a $key, $concat, $repeat or $hex");
}

std::string text(const Json& written, const Names& names) {
  return expand(written, names).get<std::string>();
}

void check_double(const Node& argument, Matchers) {
  double number = 0;
  if (!read_double(argument.string(), number))
    argument.fail("\"" + argument.string() + "\" is not a double");
}

void check_base64(const Node& argument, Matchers) {
  if (!is_base64(argument.string())) argument.fail("expected base64 without white space");
}

void check_i8(const Node& argument, Matchers) {
  const std::size_t sign = argument.string().starts_with('-') ? 1 : 0;
  if (argument.string().size() == sign ||
      argument.string().find_first_not_of("0123456789", sign) != std::string::npos)
    argument.fail("expected digits as a string");
}

void check_true(const Node& argument, Matchers) {
  if (!argument.boolean()) argument.fail("the only value here is true");
}

void check_pairs(const Node& argument, Matchers matchers) {
  for (const Node& pair : argument.items()) {
    const auto items = pair.items();
    if (items.size() != 2) pair.fail("expected a pair: [name, value]");
    items[0].string();
    check_notation(items[1], matchers);
  }
}

void check_improbable(const Node& argument, Matchers) {
  if (argument.string() != "int" && argument.string() != "double")
    argument.fail("expected \"int\" or \"double\"");
}

void check_repeat(const Node& argument, Matchers) {
  const auto items = argument.items();
  if (items.size() != 2) argument.fail("expected [string, times]");
  check_text(items[0]);
  if (items[1].integer() < 0) items[1].fail("expected a number of times");
}

void check_concat(const Node& argument, Matchers) {
  for (const Node& item : argument.items()) check_text(item);
}

void check_hex(const Node& argument, Matchers) {
  if (argument.string().size() % 2 != 0 ||
      argument.string().find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    argument.fail("expected pairs of hexadecimal digits");
}

void check_has(const Node& argument, Matchers matchers) {
  for (const Node& member : argument.members()) check_notation(member, matchers);
}

void check_type(const Node& argument, Matchers) {
  static constexpr std::array<std::string_view, 5> plain = {"int", "boolean", "string", "array",
                                                            "struct"};
  const Word* word = find_word("$" + argument.string());
  if ((word && !word->type.empty()) ||
      std::find(plain.begin(), plain.end(), argument.string()) != plain.end())
    return;
  argument.fail("\"" + argument.string() + "\" is no type of XML-RPC");
}

void check_regex(const Node& argument, Matchers) {
  try {
    const std::regex compiled(argument.string());
  } catch (const std::regex_error&) {
    argument.fail("\"" + argument.string() + "\" is not a regular expression");
  }
}

void check_fault(const Node& argument, Matchers matchers) {
  if (argument.json().is_boolean()) return check_true(argument, matchers);
  argument.allow_only({"code", "string"});
  if (argument.json().empty()) argument.fail("expected true, a code, a string, or both");
  check_has(argument, matchers);
}

Json as_is(const char* name, const Json& argument) { return {{name, argument}}; }

Json expand_each(const char* name, const Json& argument, const Names& names) {
  Json expanded = Json::array();
  for (const Json& item : argument) expanded.push_back(expand(item, names));
  return {{name, expanded}};
}

Json expand_members(const char* name, const Json& argument, const Names& names) {
  if (!argument.is_object()) return as_is(name, argument);
  Json expanded = Json::object();
  for (const auto& [key, value] : argument.items()) expanded[key] = expand(value, names);
  return {{name, expanded}};
}

/// Every word of the notation, once.
const Word words[] = {
    {"$key", "", check_string,
     [](const Json& name, const Names& names) -> Json {
       return names.key(name.get_ref<const std::string&>());
     }},
    {"$double", "double", check_double,
     [](const Json& number, const Names&) { return as_is("$double", number); }},
    {"$dateTime", "dateTime", check_string,
     [](const Json& digits, const Names&) { return as_is("$dateTime", digits); }},
    {"$base64", "base64", check_base64,
     [](const Json& encoded, const Names&) { return as_is("$base64", encoded); }},
    {"$nil", "nil", check_true,
     [](const Json& yes, const Names&) { return as_is("$nil", yes); }},
    {"$i8", "i8", check_i8,
     [](const Json& digits, const Names&) { return as_is("$i8", digits); }},
    {"$struct", "struct", check_pairs,
     [](const Json& pairs, const Names& names) {
       Json expanded = Json::array();
       for (const Json& pair : pairs)
         expanded.push_back(Json::array({pair[0], expand(pair[1], names)}));
       return as_is("$struct", expanded);
     }},
    {"$improbable", "", check_improbable,
     [](const Json& type, const Names& names) -> Json {
       const int number = names.run.improbable_int();
       if (type == "int") return number;
       return as_is("$double", std::to_string(number) + ".625");
     }},
    {"$repeat", "", check_repeat,
     [](const Json& argument, const Names& names) -> Json {
       const std::string once = text(argument[0], names);
       std::string repeated;
       for (int times = argument[1].get<int>(); times > 0; --times) repeated += once;
       return repeated;
     }},
    {"$concat", "", check_concat,
     [](const Json& parts, const Names& names) -> Json {
       std::string joined;
       for (const Json& part : parts) joined += text(part, names);
       return joined;
     }},
    {"$hex", "", check_hex,
     [](const Json& digits, const Names&) -> Json {
       const auto& hex = digits.get_ref<const std::string&>();
       std::string bytes;
       for (std::size_t i = 0; i < hex.size(); i += 2)
         bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
       return bytes;
     }},
    {"$$own", "", check_names,
     [](const Json& argument, const Names&) { return as_is("$$own", argument); }},
    {"$$ownInOrder", "", check_names,
     [](const Json& argument, const Names&) { return as_is("$$ownInOrder", argument); }},
    {"$$includes", "", check_each,
     [](const Json& items, const Names& names) { return expand_each("$$includes", items, names); }},
    {"$$excludes", "", check_each,
     [](const Json& items, const Names& names) { return expand_each("$$excludes", items, names); }},
    {"$$has", "", check_has,
     [](const Json& members, const Names& names) {
       return expand_members("$$has", members, names);
     }},
    {"$$type", "", check_type,
     [](const Json& type, const Names&) { return as_is("$$type", type); }},
    {"$$matches", "", check_regex,
     [](const Json& regex, const Names&) { return as_is("$$matches", regex); }},
    {"$$oneOf", "", check_each,
     [](const Json& items, const Names& names) { return expand_each("$$oneOf", items, names); }},
    {"$$fault", "", check_fault,
     [](const Json& fault, const Names& names) {
       return expand_members("$$fault", fault, names);
     }},
    {"$$batch", "", check_each,
     [](const Json& items, const Names& names) { return expand_each("$$batch", items, names); }},
};

const Word* find_word(std::string_view name) {
  for (const Word& word : words)
    if (word.name == name) return &word;
  return nullptr;
}

}  // namespace

RunId RunId::draw() { return {std::random_device{}()}; }

std::string RunId::prefix() const {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "kit-%08x", number);
  return text.data();
}

int RunId::improbable_int() const {
  constexpr std::uint32_t lowest = 1'500'000'000, highest = 2'147'483'647;
  return static_cast<int>(lowest + number % (highest - lowest + 1));
}

std::vector<std::string_view> known_words() {
  std::vector<std::string_view> names;
  for (const Word& word : words) names.push_back(word.name);
  return names;
}

std::string_view dollar_word(const Json& value) {
  if (!value.is_object() || value.size() != 1) return {};
  const std::string& key = value.begin().key();
  return key.starts_with('$') ? std::string_view(key) : std::string_view();
}

namespace {

/// For a word that is none: the one that it becomes with a `$` more or less, or all that may stand there.
std::string words_for(const std::string& word, Matchers matchers) {
  const bool matcher = word.starts_with("$$");
  const std::string other = matcher ? word.substr(1) : "$" + word;
  if (find_word(other) && (matcher || matchers == Matchers::allowed))
    return "the " + std::string(matcher ? "value" : "matcher") + " is \"" + other + "\"";
  std::string known;
  for (const std::string_view name : known_words())
    if (name.starts_with("$$") == matcher) known.append(known.empty() ? "" : ", ").append(name);
  return "known here: " + known;
}

}  // namespace

void check_notation(const Node& value, Matchers matchers) {
  const Json& json = value.json();
  if (json.is_number_float())
    value.fail("a number with a fraction, an exponent or too many digits; write {\"$double\": \"" +
               json.dump() + "\"} or {\"$i8\": …}");
  if (json.is_number()) return void(value.integer());
  if (json.is_null()) value.fail("null is not a value of XML-RPC; write {\"$nil\": true}");
  if (json.is_array()) return check_each(value, matchers);
  if (!json.is_object()) return;

  for (const Node& member : value.members()) {
    if (!member.key().starts_with('$')) {
      check_notation(member, matchers);
      continue;
    }
    if (json.size() != 1)
      member.fail_at_key("\"" + member.key() +
                         "\" must stand alone; a struct with such a name is a $struct");
    const Word* word = find_word(member.key());
    if (!word) member.fail_at_key("unknown notation \"" + member.key() + "\"; " + words_for(member.key(), matchers));
    if (member.key().starts_with("$$") && matchers == Matchers::forbidden)
      member.fail_at_key("the matcher \"" + member.key() + "\" stands in expectations only");
    word->check(member, matchers);
  }
}

Json expand(const Json& written, const Names& names) {
  if (written.is_array()) {
    Json expanded = Json::array();
    for (const Json& item : written) expanded.push_back(expand(item, names));
    return expanded;
  }
  if (!written.is_object()) return written;
  if (const Word* word = find_word(dollar_word(written)))
    return word->expand(written.begin().value(), names);
  Json expanded = Json::object();
  for (const auto& [key, value] : written.items()) expanded[key] = expand(value, names);
  return expanded;
}

std::string_view type_of(const Json& expanded) {
  if (expanded.is_string()) return "string";
  if (expanded.is_boolean()) return "boolean";
  if (expanded.is_number()) return "int";
  if (expanded.is_array()) return "array";
  const Word* word = find_word(dollar_word(expanded));
  return word && !word->type.empty() ? word->type : "struct";
}

Members members_of(const Json& expanded) {
  Members members;
  if (dollar_word(expanded) == "$struct") {
    for (const Json& pair : expanded["$struct"])
      members.emplace_back(pair[0].get<std::string>(), pair[1]);
  } else {
    for (const auto& [name, value] : expanded.items()) members.emplace_back(name, value);
  }
  return members;
}

Json struct_of(Members members) {
  // An object of Json is searched for each name; nobody reads one this long.
  bool plain = members.size() <= 1000;
  std::set<std::string> seen;
  for (const auto& [name, value] : members)
    plain = plain && seen.insert(name).second && !name.starts_with('$');
  Json expanded = plain ? Json::object() : Json{{"$struct", Json::array()}};
  for (auto& [name, value] : members) {
    if (plain)
      expanded[name] = std::move(value);
    else
      expanded["$struct"].push_back(Json::array({name, std::move(value)}));
  }
  return expanded;
}

bool read_double(const std::string& text, double& number) {
  static const std::regex form("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?|nan|[+-]?inf");
  // std::regex recurses once a character: no double needs a long text.
  if (text.size() > 1000 || !std::regex_match(text, form)) return false;
  number = std::strtod(text.c_str(), nullptr);
  return true;
}

bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  const auto padding = text.find('=');
  if (padding != std::string_view::npos) {
    if (padding + 2 < text.size()) return false;
    if (text.substr(padding) != std::string_view("==").substr(0, text.size() - padding)) return false;
  }
  const auto digits = text.substr(0, padding);
  return digits.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
         std::string_view::npos;
}

}  // namespace conformance
