#include "call_reader.h"

#include <tinyxml2.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "malformed_call.h"
#include "xml_scanner.h"
#include "xml_text.h"

namespace cache_server {
namespace {

using tinyxml2::XMLElement;

Value read_value(const XMLElement& element);

[[noreturn]] void refuse(const XMLElement& element, std::string_view problem) {
  throw MalformedCall(element.GetLineNum(),
                      "<" + std::string(element.Name()) + "> " + std::string(problem));
}

/// The text before the first child element, over text, CDATA and comments.
std::string text_of(const XMLElement& element) {
  std::string text;
  for (auto* node = element.FirstChild(); node && !node->ToElement();
       node = node->NextSibling()) {
    if (node->ToText()) text.append(node->Value());
  }
  return text;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kXmlBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kXmlBlanks) - first + 1);
}

/// A number's text as std::from_chars takes it: no blanks around, no leading `+`.
std::string_view number_of(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

Value read_integer(const XMLElement& element) {
  const std::string text = text_of(element);
  const std::string_view number = number_of(text);
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::invalid_argument || end != number.data() + number.size()) {
    refuse(element, "does not hold an integer");
  }
  // Like everything over 32 bits it can be stored and never be answered, so the nearest
  // integer that fits will do.
  if (error == std::errc::result_out_of_range) {
    value = number[0] == '-' ? std::numeric_limits<std::int64_t>::min()
                             : std::numeric_limits<std::int64_t>::max();
  }
  return value;
}

Value read_double(const XMLElement& element) {
  const std::string text = text_of(element);
  const std::string number(number_of(text));
  double value = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::invalid_argument || end != number.data() + number.size() ||
      number.ends_with(')')) {  // `nan(…)` is C's, not XML-RPC's
    refuse(element, "does not hold a number");
  }
  // from_chars leaves open whether it was too large or too small; strtod gives the
  // infinity or the zero. What it reads has just been found to be a number.
  if (error == std::errc::result_out_of_range) {
    value = std::strtod(number.c_str(), nullptr);
  }
  return value;
}

Value read_date_time(const XMLElement& element) {
  constexpr std::string_view kShape = "ddddddddTdd:dd:dd";
  std::string text = text_of(element);
  bool ok = text.size() == kShape.size();
  for (std::size_t i = 0; ok && i < kShape.size(); ++i) {
    ok = kShape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kShape[i];
  }
  if (ok) {
    const auto number = [&](std::size_t at, std::size_t length) {
      int value = 0;
      std::from_chars(text.data() + at, text.data() + at + length, value);
      return value;
    };
    const std::chrono::year_month_day date{
        std::chrono::year(number(0, 4)),
        std::chrono::month(static_cast<unsigned>(number(4, 2))),
        std::chrono::day(static_cast<unsigned>(number(6, 2)))};
    ok = number(0, 4) > 0 && date.ok() && number(9, 2) < 24 && number(12, 2) < 60 &&
         number(15, 2) < 60;
  }
  if (!ok) refuse(element, "does not hold a date and time like 19980717T14:08:55");
  return DateTime{std::move(text)};
}

/// The digit that each byte stands for in base64, or -1.
constexpr auto kBase64Digits = [] {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<signed char, 256> digits{};
  digits.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
  }
  return digits;
}();

/// The bytes, or nothing if the padding is wrong. What is not in the alphabet is skipped,
/// line breaks and anything else, as Python's decoder does.
std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int in_group = 0;  // how many digits of a group of four have come
  int padding = 0;
  for (const char c : text) {
    if (c == '=') {
      if (in_group >= 2 && in_group + ++padding == 4) return bytes;
      continue;
    }
    const int digit = kBase64Digits[static_cast<unsigned char>(c)];
    if (digit < 0) continue;
    padding = 0;
    bits = bits << 6 | static_cast<unsigned>(digit);
    in_group = (in_group + 1) % 4;
    // Every digit but the first completes a byte; 4, 2 or 0 of its bits are the next's.
    if (in_group != 1) bytes.push_back(static_cast<char>(bits >> (8 - 2 * in_group) % 8));
  }
  if (in_group != 0) return std::nullopt;
  return bytes;
}

Value read_base64(const XMLElement& element) {
  auto bytes = decode_base64(text_of(element));
  if (!bytes) refuse(element, "is not padded to groups of four");
  if (find_invalid_utf8(*bytes) != std::string_view::npos) {
    refuse(element, "holds bytes that are not UTF-8, and only text can be kept");
  }
  return *std::move(bytes);
}

Array read_items(const XMLElement& element) {
  Array items;
  for (auto* child = element.FirstChildElement(); child;
       child = child->NextSiblingElement()) {
    items.push_back(read_value(*child));
  }
  return items;
}

Value read_struct(const XMLElement& element) {
  Struct members;
  std::unordered_map<std::string, std::size_t> index;
  for (auto* child = element.FirstChildElement(); child;
       child = child->NextSiblingElement()) {
    const XMLElement* name = child->FirstChildElement();
    const XMLElement* value = name ? name->NextSiblingElement() : nullptr;
    if (!value || value->NextSiblingElement()) {
      refuse(*child, "does not hold exactly a name and a value");
    }
    const auto [entry, is_new] = index.try_emplace(text_of(*name), members.size());
    if (is_new) {
      members.push_back({entry->first, read_value(*value)});
    } else {
      members[entry->second].value = read_value(*value);
    }
  }
  return members;
}

/// What an element stands for. Only types need a rule each: a `<param>`, `<value>` or
/// `<array>` stands for its first child, so that values which leave one of these out are
/// read as well (recorded from supervisord 4.2.5).
Value read_value(const XMLElement& element) {
  const std::string_view name = element.Name();
  const XMLElement* child = element.FirstChildElement();
  if (name == "value") return child ? read_value(*child) : Value(text_of(element));
  if (name == "param" || name == "array") {
    if (!child) refuse(element, "is empty");
    return read_value(*child);
  }
  if (name == "string") return text_of(element);
  if (name == "int" || name == "i4") return read_integer(element);
  if (name == "boolean") return text_of(element) == "1";
  if (name == "double") return read_double(element);
  if (name == "dateTime.iso8601") return read_date_time(element);
  if (name == "base64") return read_base64(element);
  if (name == "data") return read_items(element);
  if (name == "struct") return read_struct(element);
  std::string text = text_of(element);
  return text.empty() ? Value(Nil()) : Value(std::move(text));
}

void parse(tinyxml2::XMLDocument& document, std::string_view xml) {
  switch (document.Parse(xml.data(), xml.size())) {
    case tinyxml2::XML_SUCCESS: return;
    case tinyxml2::XML_ELEMENT_DEPTH_EXCEEDED:
      throw MalformedCall(document.ErrorLineNum(), "elements nest too deep");
    case tinyxml2::XML_ERROR_MISMATCHED_ELEMENT:
      throw MalformedCall(document.ErrorLineNum(),
                          "an end tag does not match its start tag");
    default:
      throw MalformedCall(document.ErrorLineNum(),
                          std::string("not well-formed: ") + document.ErrorName());
  }
}

}  // namespace

Call read_call(std::string_view body) {
  tinyxml2::XMLDocument document;
  parse(document, scan_xml(body));
  const XMLElement& root = *document.RootElement();
  if (std::string_view(root.Name()) != "methodCall") {
    refuse(root, "is not a <methodCall>");
  }
  Call call;
  if (auto* name = root.LastChildElement("methodName")) call.method = text_of(*name);
  if (call.method.empty()) refuse(root, "names no method");
  if (auto* params = root.LastChildElement("params")) call.params = read_items(*params);
  return call;
}

}  // namespace cache_server
