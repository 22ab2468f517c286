#include "transcript.h"

#include <algorithm>
#include <sstream>

#include "explanation.h"
#include "request.h"

namespace conformance {

namespace {

constexpr const char* own_key = "kit-….";

std::string joined(const Json& items, const std::string& between, std::string (*word)(const Json&)) {
  std::string text;
  for (const Json& item : items) text += (text.empty() ? "" : between) + word(item);
  return text;
}

/// A word of the value's own notation: quotes and escapes as in JSON.
std::string shown_text(const Json& text) { return brief(text, 200); }

std::string word(const Json& value) { return in_words(value); }

std::string key_names(const Json& names) {
  return joined(names, ", ", [](const Json& name) { return own_key + name.get<std::string>(); });
}

std::string own_part(const Json& names, const std::string& order) {
  if (names.empty()) return "a list with no key of this case in it";
  return "a list in which the keys of this case are exactly " + key_names(names) +
         (names.size() > 1 ? ", " + order : "");
}

std::string pair_in_words(const std::string& name, const Json& value) {
  return shown_text(name) + ": " + in_words(value);
}

std::string members_in_words(const Json& members) {
  std::string text;
  for (const auto& [name, value] : members.items())
    text += (text.empty() ? "" : ", ") + pair_in_words(name, value);
  return text;
}

std::string fault_in_words(const Json& fault) {
  if (fault.is_boolean()) return "a fault, whatever its code and text";
  std::string text = "a fault";
  std::string by = " with the ";
  for (const auto& [part, name] : {std::pair{"code", "code "}, std::pair{"string", "string "}}) {
    if (!fault.contains(part)) continue;
    text += by + name + in_words(fault[part]);
    by = " and the ";
  }
  if (!fault.contains("others")) return text;
  return text + (fault["others"] == Json::array()
                     ? " and no members but its code and string"
                     : " and further members whose names are " + in_words(fault["others"]));
}

/// What stands for a value.
std::string dollar_in_words(std::string_view name, const Json& argument) {
  if (name == "$key") return '"' + std::string(own_key) + argument.get<std::string>() + '"';
  if (name == "$double") return "double " + argument.get<std::string>();
  if (name == "$dateTime") return "dateTime " + argument.get<std::string>();
  if (name == "$base64") return "base64 " + argument.get<std::string>();
  if (name == "$nil") return "nil";
  if (name == "$i8") return "i8 " + argument.get<std::string>();
  if (name == "$improbable") return "an improbable " + argument.get<std::string>();
  if (name == "$repeat") return in_words(argument[0]) + " × " + std::to_string(argument[1].get<int>());
  if (name == "$concat") return joined(argument, " + ", word);
  if (name == "$hex") return "bytes " + argument.get<std::string>();
  if (name != "$struct") return brief({{std::string(name), argument}});
  std::string pairs;
  for (const Json& pair : argument)
    pairs += (pairs.empty() ? "" : ", ") + pair_in_words(pair[0].get<std::string>(), pair[1]);
  return "{" + pairs + "} in this order";
}

std::string matcher_in_words(std::string_view name, const Json& argument) {
  if (name == "$$own") return own_part(argument, "in any order");
  if (name == "$$ownInOrder") return own_part(argument, "in this order");
  if (name == "$$includes") return "a list with " + joined(argument, " and ", word) + " in it";
  if (name == "$$excludes") return "a list without " + joined(argument, " or ", word);
  if (name == "$$has") return "a struct with at least {" + members_in_words(argument) + "}";
  if (name == "$$type") return "any " + argument.get<std::string>();
  if (name == "$$matches") return "text like /" + argument.get<std::string>() + "/";
  if (name == "$$oneOf") return "either " + joined(argument, " or ", word);
  if (name == "$$fault") return fault_in_words(argument) + ", as a struct";
  if (name != "$$batch") return brief({{std::string(name), argument}});
  return std::to_string(argument.size()) + (argument.size() == 1 ? " result" : " results") +
         ", each bare or alone in a list: " + joined(argument, "; ", word);
}

std::string http_in_words(const Expectation& expected) {
  std::string text = expected.status ? "HTTP status " + in_words(*expected.status) : "";
  for (const auto& [name, value] : expected.headers)
    text += (text.empty() ? "the header " : " and the header ") + name + ": " + in_words(value);
  return text;
}

std::string weight(Level level) {
  switch (level) {
    case Level::must: return "must: a document of the extension says so";
    case Level::should:
      return "should: its own tests, Supervisor's documentation or XML-RPC's say so";
    case Level::observed: return "observed: a real supervisord was seen to do so, and no more";
  }
  return "";
}

std::string needed(Need need) {
  switch (need) {
    case Need::exclusive: return "exclusive: a target whose data nobody else uses";
    case Need::restart: return "restart: a target that may be ended and started again";
    case Need::heavy: return "heavy: to send over 64 KiB in a step, or to store over 50 keys";
    case Need::hostile: return "hostile: to send malformed or half-sent bytes";
    case Need::slow: return "slow: to wait";
  }
  return "";
}

/// In characters.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// `text` behind a label; further lines of it under its first.
void field(std::ostream& out, const std::string& label, const std::string& text) {
  out << "  " << label << std::string(10 - label.size(), ' ') << text << "\n";
}

void raw_lines(std::ostream& out, const std::string& piece) {
  constexpr std::size_t most = 1500;
  for (std::size_t at = 0; at < std::min(piece.size(), most);) {
    const auto end = std::min(piece.find('\n', at), piece.size() - 1) + 1;
    std::string shown;
    for (const char c : piece.substr(at, std::min(end - at, most)))
      shown += c == '\n' ? std::string("\\n") : c == '\r' ? std::string("\\r") : std::string(1, c);
    out << "     | " << readable(shown) << "\n";
    at = end;
  }
  if (piece.size() > most) out << "     | [… " << piece.size() << " bytes in all]\n";
}

/// A placeholder in the request's own words, with the keys as they are told.
std::string told(std::string piece, const Names& names) {
  const std::string prefix = names.own_prefix();
  for (auto at = piece.find(prefix); at != std::string::npos; at = piece.find(prefix, at))
    piece.replace(at, prefix.size(), own_key);
  return piece;
}

void raw_request(std::ostream& out, const Case& given, const Step& step) {
  static const Target nowhere({"HOST", "PORT", ""}, Credentials{"USER", "PASSWORD"});
  static const Target open({"HOST", "PORT", ""}, {});
  const Names names{{}, given.id};
  const Target& target = given.credentials ? nowhere : open;
  const auto request = request_of(step, target, names);
  for (std::size_t i = 0; i < request->pieces.size(); ++i) {
    if (i > 0) out << "     " << between_pieces.count() << " ms later\n";
    raw_lines(out, told(target.without_authorization(request->pieces[i]), names));
  }
}

std::string question(const Step& step) {
  std::string text;
  if (const auto* call = std::get_if<CallStep>(&step.action))
    text = call->method + "(" + joined(call->params, ", ", word) + ")";
  else if (std::holds_alternative<PostStep>(step.action)) text = "this request";
  else if (std::holds_alternative<SendStep>(step.action)) text = "exactly these bytes";
  else if (const auto* wait = std::get_if<WaitStep>(&step.action))
    return "wait " + std::to_string(wait->seconds) + (wait->seconds == 1 ? " second" : " seconds");
  else return "end the target and start it again";
  if (!step.on.empty()) text += ", on the connection " + step.on;
  if (step.as == As::nobody) text += ", without user and password";
  if (step.as == As::wrong) text += ", with a wrong password";
  return text;
}

/// What has to come back, a line for each answer or alternative.
std::vector<std::string> answers(const Step& step) {
  if (step.setup) return {"anything but a fault: this only sets the scene"};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < step.expected.size(); ++i) {
    const std::string which = step.expected.size() > 1 ? "answer " + std::to_string(i + 1) + ": " : "";
    const Expectation& expected = step.expected[i];
    if (expected.one_of.empty()) {
      lines.push_back(which + in_words(expected));
      continue;
    }
    lines.push_back(which + "one of these:");
    for (const Expectation& one : expected.one_of)
      lines.push_back("  " + one.name + ": " + in_words(one));
  }
  return lines;
}

void tell(std::ostream& out, const Case& given, std::size_t number) {
  const Step& step = given.steps[number - 1];
  const std::string asked = std::to_string(number) + ". " + question(step);
  const auto expected = answers(step);
  const bool raw = std::holds_alternative<PostStep>(step.action) ||
                   std::holds_alternative<SendStep>(step.action);
  constexpr std::size_t column = 44, widest = 100;
  out << "  " << asked;
  if (!raw && expected.size() == 1 && width(asked) < column &&
      width(expected[0]) < widest - column) {
    out << std::string(column - width(asked), ' ') << "→ " << expected[0] << "\n";
    return;
  }
  out << "\n";
  if (raw) raw_request(out, given, step);
  for (std::size_t i = 0; i < expected.size(); ++i)
    out << (i == 0 ? "     → " : "       ") << expected[i] << "\n";
}

}  // namespace

std::string in_words(const Json& written) {
  const std::string_view name = dollar_word(written);
  if (name.starts_with("$$")) return matcher_in_words(name, written.begin().value());
  if (!name.empty()) return dollar_in_words(name, written.begin().value());
  if (written.is_array()) return "[" + joined(written, ", ", word) + "]";
  if (written.is_object()) return "{" + members_in_words(written) + "}";
  return shown_text(written);
}

std::string in_words(const Expectation& expected) {
  if (!expected.one_of.empty()) {
    std::string text;
    for (const Expectation& one : expected.one_of)
      text += (text.empty() ? "" : ", or ") + one.name + ": " + in_words(one);
    return text;
  }
  std::string text = expected.value ? in_words(*expected.value)
                     : expected.fault ? fault_in_words(*expected.fault) : "";
  if (const std::string http = http_in_words(expected); !http.empty())
    text += (text.empty() ? "" : ", with ") + http;
  if (!expected.closed) return text;
  return text.empty() ? "no answer: the connection is closed"
                      : text + "; then the connection is closed";
}

std::string transcript(const Case& given) {
  std::ostringstream out;
  out << given.id << "  (" << given.suite << ", " << near(given.place) << ")\n";
  field(out, "demanded", given.title);
  field(out, "level", weight(given.level));
  explain_sources(out, given);
  if (!given.recorded.empty()) field(out, "recorded", given.recorded);
  for (const Need need : given.needs) field(out, "needs", needed(need));
  for (const std::string& spec : given.specs) field(out, "only", "spec " + spec);
  if (!given.socket.empty()) field(out, "only", "on a socket of the kind " + given.socket);
  if (given.credentials) field(out, "only", "where a user and password are asked for");
  std::ostringstream steps;
  for (std::size_t i = 1; i <= given.steps.size(); ++i) tell(steps, given, i);
  if (steps.str().find(own_key) != std::string::npos)
    field(out, "keys", "kit-….NAME is a key that only this case of this run has");
  out << "\n" << steps.str();
  return out.str();
}

}  // namespace conformance
