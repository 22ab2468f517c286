#include "perturbation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "matcher.h"
#include "replaced.h"

namespace conformance {

namespace {

constexpr const char* blanks = " \t\r\n";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string other_case(std::string text) {
  for (char& c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Of several blanks in a row, the first.
std::string squeezed(const std::string& text) {
  std::string shorter;
  for (const char c : text)
    if (c != ' ' || !shorter.ends_with(' ')) shorter += c;
  return shorter;
}

/// Every character beyond ASCII as one question mark.
std::string ascii(const std::string& text) {
  std::string plain;
  for (const char c : text)
    if (!continues(c)) plain += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return plain;
}

/// UTF-8 that was taken for Latin-1 and made UTF-8 again.
std::string encoded_twice(const std::string& text) {
  std::string twice;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      twice += c;
    } else {
      twice += static_cast<char>(0xc0 | (byte >> 6));
      twice += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return twice;
}

/// Where the character begins that this byte is in.
std::size_t character(const std::string& text, std::size_t byte) {
  while (byte > 0 && byte < text.size() && continues(text[byte])) --byte;
  return byte;
}

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", number);
  return text;
}

/// Collects the changes of one value.
class Perturber {
 public:
  Perturber(const Json& value, const Names& names) : value_(value), type_(type_of(value)), names_(names) {}

  std::vector<Perturbed> changes(const std::vector<Json>& strange) {
    change_value();
    change_type();
    for (const Json& other : strange)
      if (first_difference(value_, other, names_))
        add(type_of(other) == type_ ? "value: another's" : "type: another's", other);
    return std::move(changes_);
  }

 private:
  void add(const std::string& change, Json value, std::optional<std::size_t> child = {}) {
    const bool is_known = std::any_of(changes_.begin(), changes_.end(), [&](const Perturbed& known) {
      return known.value == value;
    });
    if (!same(value) && !is_known) changes_.push_back({change, std::move(value), child});
  }

  bool same(const Json& other) const {
    if (type_ != "double" || type_of(other) != "double") return other == value_;
    const double a = number_of(value_), b = number_of(other);
    return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
  }

  static double number_of(const Json& value) {
    double number = 0;
    read_double(value["$double"].get<std::string>(), number);
    return number;
  }

  void change_value() {
    if (type_ == "string") return change_text();
    if (type_ == "int") return change_int();
    if (type_ == "boolean") return add("boolean: turned", !value_.get<bool>());
    if (type_ == "double") return change_double();
    if (type_ == "array") return change_items();
    if (type_ == "struct") return change_members();
    if (type_ == "nil") return;
    const std::string text = value_.begin().value().get<std::string>();
    const auto put = [&](const char* change, const std::string& changed) {
      add(change, {{value_.begin().key(), changed}});
    };
    if (type_ == "i8") {
      const char last = text.back();
      return put("number: one more", text.substr(0, text.size() - 1) +
                                         static_cast<char>(last == '9' ? '8' : last + 1));
    }
    put("text: emptied", "");
    if (text.empty()) return put("text: added to", "AAAA");
    put("text: another", (text[0] == 'A' ? "B" : "A") + text.substr(1));
    put("text: cut short", text.substr(0, (text.size() - 1) / 4 * 4));
  }

  void change_text() {
    const auto& text = value_.get_ref<const std::string&>();
    add("text: another", "another text");
    add("text: added to", text + "x");
    add("text: a blank behind", text + " ");
    add("text: a blank in front", " " + text);
    if (text.empty()) return;
    add("text: emptied", "");
    add("text: cut short", text.substr(0, character(text, text.size() - 1)));
    add("text: half of it", text.substr(0, character(text, text.size() / 2)));
    std::size_t second = 1;
    while (second < text.size() && continues(text[second])) ++second;
    add("text: its start cut off", text.substr(second));
    add("text: doubled", text + text);
    add("text: letters in another case", other_case(text));
    const std::size_t last = text.size() - 1;
    add("text: the last letter in another case", text.substr(0, last) + other_case(text.substr(last)));
    add("text: trimmed", trimmed(text));
    add("text: blanks squeezed", squeezed(text));
    add("text: other line ends", replaced(replaced(text, "\r\n", "\n"), "\r", "\n"));
    add("text: other line ends", replaced(text, "\n", "\r\n"));
    add("text: escaped", replaced(replaced(text, "&", "&amp;"), "<", "&lt;"));
    add("text: made ASCII", ascii(text));
    add("text: encoded twice", encoded_twice(text));
  }

  void change_int() {
    const auto number = value_.get<long>();
    add("number: one more", number < 2147483647 ? number + 1 : 0);
    add("number: one less", number > -2147483648 ? number - 1 : 0);
    if (number > -2147483648) add("number: another sign", -number);
    add("number: none", 0);
  }

  void change_double() {
    const double number = number_of(value_);
    const auto put = [&](const char* change, double changed) {
      add(change, {{"$double", number_text(changed)}});
    };
    put("number: one more", number + 1);
    put("number: the next one", std::nextafter(number, -1e308));
    put("number: another sign", -number);
    put("number: none", 0);
    put("number: rounded", std::round(number));
    put("number: of 32 bits", static_cast<double>(static_cast<float>(std::clamp(number, -3e38, 3e38))));
  }

  void change_items() {
    add("items: none left", Json::array());
    const auto added = [&](const char* change, const Json& item) {
      Json more = value_;
      more.push_back(item);
      add(change, std::move(more));
    };
    for (const char* text : {"x", "_", "0", ""}) added("items: added, a string", text);
    added("items: added, an own key", names_.key("never-stored"));
    for (const Json& item : {Json(0), Json(false), Json::array(), Json::object(), Json{{"$nil", true}}})
      added("items: added, another type", item);
    if (value_.empty()) return;
    if (value_[0].is_string()) {
      const auto& first = value_[0].get_ref<const std::string&>();
      const bool own = first.starts_with(names_.own_prefix());
      added(own ? "items: added, an own key" : "items: added, a string", first + "x");
    }
    Json turned = value_;
    std::reverse(turned.begin(), turned.end());
    add("items: another order", std::move(turned));
    for (const std::size_t i : sampled(value_.size())) {
      const auto at = static_cast<Json::difference_type>(i);
      Json changed = value_;
      changed.erase(changed.begin() + at);
      add("item: dropped", std::move(changed), i);
      changed = value_;
      changed.insert(changed.begin() + at, value_[i]);
      add("item: doubled", std::move(changed), i);
    }
  }

  void change_members() {
    const Members members = members_of(value_);
    add("members: none left", Json::object());
    Members changed = members;
    changed.emplace_back("never-stored", 1);
    add("members: added", struct_of(changed));
    if (members.empty()) return;
    changed = members;
    changed.insert(changed.begin(), members.back());
    add("members: doubled", struct_of(changed));
    changed = members;
    std::reverse(changed.begin(), changed.end());
    add("members: another order", struct_of(changed));
    for (const std::size_t i : sampled(members.size())) {
      const auto at = static_cast<Members::difference_type>(i);
      changed = members;
      changed.erase(changed.begin() + at);
      add("member: dropped", struct_of(changed), i);
      changed = members;
      changed[i].first = other_case(members[i].first) + "x";
      add("member: renamed", struct_of(changed), i);
    }
  }

  /// What a target that mixes types up might send.
  void change_type() {
    add(type_ == "array" ? "items: an array around it" : "type: an array around it",
        Json::array({value_}));
    if (type_ == "array" && value_.size() == 1)
      add(type_of(value_[0]) == "array" ? "items: out of its array" : "type: out of its array",
          value_[0]);
    for (const Json& other : {Json(""), Json(0), Json(true), Json(false), Json::array(), Json::object(),
                              Json{{"$nil", true}}})
      if (type_of(other) != type_) add("type: another", other);
    if (type_ == "string") {
      const auto& text = value_.get_ref<const std::string&>();
      add("type: not a string", {{"$dateTime", text}});
      if (is_base64(text)) add("type: not a string", {{"$base64", text}});
      double number = 0;
      if (!read_double(text, number)) return;
      add("type: not a string", {{"$double", text}});
      if (std::abs(number) < 2e9 && number == std::floor(number))
        add("type: not a string", static_cast<int>(number));
      return;
    }
    if (type_ == "array" || type_ == "struct") return;
    if (type_ == "boolean") {
      add("type: 1 for true", value_.get<bool>() ? 1 : 0);
      add("type: its text", value_.get<bool>() ? "True" : "False");
      add("type: its text", value_.get<bool>() ? "1" : "0");
      return;
    }
    if (type_ == "int") {
      const int number = value_.get<int>();
      if (number == 0 || number == 1) add("type: true for 1", number == 1);
      add("type: its text", std::to_string(number));
      add("type: a longer number", {{"$i8", std::to_string(number)}});
      add("type: a longer number", {{"$double", std::to_string(number) + ".0"}});
      return;
    }
    if (type_ == "nil") return;
    add("type: its text", value_.begin().value());
    if (type_ != "double") return;
    const double number = number_of(value_);
    if (std::abs(number) < 2e9) add("type: an int", static_cast<int>(number));
  }

  const Json& value_;
  const std::string_view type_;
  const Names& names_;
  std::vector<Perturbed> changes_;
};

}  // namespace

std::vector<Perturbed> perturb(const Json& value, const std::vector<Json>& strange,
                               const Names& names) {
  return Perturber(value, names).changes(strange);
}

std::vector<std::size_t> sampled(std::size_t size) {
  constexpr std::size_t few = 8;
  if (size > few) return {0, size / 2, size - 1};
  std::vector<std::size_t> all(size);
  for (std::size_t i = 0; i < size; ++i) all[i] = i;
  return all;
}

}  // namespace conformance
