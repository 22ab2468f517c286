#include "xml_value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "xml_response.h"

namespace cache_server::fuzz {
namespace {

/// More arrays and structs in each other may be refused (xml_value.h), these may not.
constexpr int kMaxDepth = 24;

struct Character {
  char32_t code_point;
  std::string utf8;

  /// XML 1.0, 2.2: Char.
  bool is_xml() const {
    return code_point >= 0x20 ? code_point != 0xFFFE && code_point != 0xFFFF
                              : code_point == 9 || code_point == 10 || code_point == 13;
  }
};

std::string encode(char32_t c) {
  const auto tail = [c](int shift) {
    return static_cast<char>(0x80 | ((c >> shift) & 0x3F));
  };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

/// Any bytes as characters: ASCII is itself; from 0x80 on a byte begins a character of as
/// many bytes as UTF-8 would have for it, whose bits come from the bytes that follow.
std::vector<Character> characters_of(std::string_view bytes) {
  std::vector<Character> all;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    char32_t c = static_cast<unsigned char>(bytes[i]);
    if (c >= 0x80) {
      const std::size_t more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
      c &= more == 1 ? 0x1FU : more == 2 ? 0x0FU : 0x07U;
      for (std::size_t j = 0; j < more; ++j) {
        const char byte = ++i < bytes.size() ? bytes[i] : '\0';
        c = c << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
      }
      if (c > 0x10FFFF) c -= 0x100000;
      if (c >= 0xD800 && c <= 0xDFFF) c += 0x2000;  // no surrogates
    }
    all.push_back({c, encode(c)});
  }
  return all;
}

/// A text and how it stands in an XML document.
struct Text {
  std::string utf8;
  std::string xml;
  bool is_xml = true;
};

std::string reference(char32_t c, bool hexadecimal) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 static_cast<std::uint32_t>(c), hexadecimal ? 16 : 10)
                       .ptr;
  return (hexadecimal ? "&#x" : "&#") + std::string(digits.data(), end) + ";";
}

std::string escaped(const Character& c) {
  switch (c.code_point) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '\r': return "&#13;";  // a raw one is read as a line feed
    default: return c.utf8;
  }
}

Text write_text(unsigned style, std::string_view characters) {
  Text text;
  for (const Character& c : characters_of(characters)) {
    text.is_xml = text.is_xml && c.is_xml();
    text.utf8 += c.utf8;
    const bool no_cdata = c.code_point == '\r' || c.code_point == ']';
    switch (style) {
      case 0: text.xml += escaped(c); break;
      case 1: text.xml += reference(c.code_point, false); break;
      case 2: text.xml += reference(c.code_point, true); break;
      case 3: text.xml += no_cdata ? escaped(c) : "<![CDATA[" + c.utf8 + "]]>"; break;
      case 4: text.xml += escaped(c) + "<!-- no text -->"; break;
    }
  }
  return text;
}

Text make_text(Bytes& bytes) {
  const unsigned style = bytes.below(5);
  return write_text(style, bytes.text());
}

std::string base64(std::string_view bytes, bool broken_into_lines) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string all;
  for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
    const auto byte = [&](std::size_t i) {
      return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (std::size_t i = 0; i < 4; ++i) {
      all += i > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * i) & 63];
    }
    if (broken_into_lines) all += "\r\n ";
  }
  return all;
}

XmlValue typed(std::string_view type, const std::string& xml, std::string notation) {
  const std::string name(type);
  return {.xml = "<value><" + name + ">" + xml + "</" + name + "></value>",
          .notation = std::move(notation)};
}

XmlValue string_of(Text text, std::string xml) {
  return {.xml = std::move(xml),
          .notation = string_notation(text.utf8),
          .text = text.utf8,
          .is_string = true,
          .is_readable = text.is_xml};
}

XmlValue write_string(unsigned form, unsigned style, std::string_view characters) {
  const Text text = write_text(style, characters);
  switch (form) {
    case 0: return string_of(text, "<value><string>" + text.xml + "</string></value>");
    case 1: return string_of(text, "<value>" + text.xml + "</value>");
    case 2: {  // an unknown type: without a text it is nil
      XmlValue value = string_of(text, "<value><i8>" + text.xml + "</i8></value>");
      value.is_string = value.is_answerable = !text.utf8.empty();
      return value;
    }
    default: {  // which brings in what XML cannot carry
      XmlValue value = string_of(text, "<value><base64>" + base64(text.utf8, form == 4) +
                                           "</base64></value>");
      value.is_readable = true;
      value.is_answerable = text.is_xml;
      return value;
    }
  }
}

XmlValue make_int(Bytes& bytes) {
  const unsigned style = bytes.below(8);
  const std::int64_t number =
      (style & 1) != 0 ? bytes.number<std::int64_t>() : bytes.number<std::int32_t>();
  std::string text = std::to_string(number);
  if ((style & 2) != 0) text.insert(number < 0 ? 1 : 0, "00");
  if ((style & 4) != 0) text = "\n " + (number < 0 ? text : "+" + text) + "\t";
  XmlValue value = typed((style & 2) != 0 ? "i4" : "int", text, int_notation(number));
  value.is_answerable = number >= std::numeric_limits<std::int32_t>::min() &&
                        number <= std::numeric_limits<std::int32_t>::max();
  return value;
}

XmlValue make_double(Bytes& bytes) {
  const unsigned style = bytes.below(4);
  const double number = (style & 1) != 0 ? bytes.number<double>()
                                         : bytes.number<std::int16_t>() / 8.0;
  std::array<char, 64> digits;
  const auto shortest =
      std::to_chars(digits.data(), digits.data() + digits.size(), number);
  std::string text(digits.data(), shortest.ptr);
  if (std::isnan(number)) text = "nan";
  if ((style & 2) != 0) text = " " + (text[0] == '-' ? text : "+" + text) + "\r\n";
  return typed("double", text, double_notation(number));
}

std::string digits(unsigned number, std::size_t width) {
  std::string text = std::to_string(number);
  return text.insert(0, width - text.size(), '0');
}

XmlValue make_date_time(Bytes& bytes) {
  std::string text = digits(1 + bytes.number<std::uint16_t>() % 9999U, 4);
  text += digits(1 + bytes.below(12), 2);
  text += digits(1 + bytes.below(28), 2);
  text += "T" + digits(bytes.below(24), 2);
  text += ":" + digits(bytes.below(60), 2);
  text += ":" + digits(bytes.below(60), 2);
  return typed("dateTime.iso8601", text, date_time_notation(text));
}

XmlValue make_boolean(Bytes& bytes) {
  if (bytes.below(4) > 0) {
    const bool yes = bytes.below(2) == 1;
    return typed("boolean", yes ? "1" : "0", boolean_notation(yes));
  }
  const Text text = make_text(bytes);  // all that is not 1 is false
  XmlValue value = typed("boolean", text.xml, boolean_notation(text.utf8 == "1"));
  value.is_readable = text.is_xml;
  return value;
}

XmlValue make_value(Bytes& bytes, int depth);

/// What holds of a whole if it holds of its parts.
void add_part(XmlValue& whole, const XmlValue& part) {
  whole.is_readable = whole.is_readable && part.is_readable;
  whole.is_answerable = whole.is_answerable && part.is_answerable;
  whole.is_deep = whole.is_deep || part.is_deep;
}

XmlValue make_array(Bytes& bytes, int depth) {
  XmlValue array;
  std::string items;
  std::vector<std::string> notations;
  for (unsigned i = bytes.below(8); i > 0; --i) {
    const XmlValue item = make_value(bytes, depth + 1);
    add_part(array, item);
    items += item.xml;
    notations.push_back(item.notation);
  }
  array.xml = "<value><array><data>" + items + "</data></array></value>";
  array.notation = array_notation(notations);
  return array;
}

/// Up to 256 arrays around a value.
XmlValue make_deep_array(Bytes& bytes, int depth) {
  const int levels = 1 + bytes.next();
  XmlValue value = make_value(bytes, depth + levels);
  value.is_string = false;
  value.is_deep = value.is_deep || depth + levels > kMaxDepth;
  for (int i = 0; i < levels; ++i) {
    value.xml = "<value><array><data>" + value.xml + "</data></array></value>";
    value.notation = array_notation({value.notation});
  }
  return value;
}

XmlValue make_struct(Bytes& bytes, int depth) {
  XmlValue whole;
  std::string xml;
  std::map<std::string, XmlValue> members;
  for (unsigned i = bytes.below(8); i > 0; --i) {
    const Text name = make_text(bytes);
    XmlValue value = make_value(bytes, depth + 1);
    xml += "<member><name>" + name.xml + "</name>\n" + value.xml + "</member>";
    whole.is_readable = whole.is_readable && name.is_xml && value.is_readable;
    whole.is_deep = whole.is_deep || value.is_deep;
    members[name.utf8] = std::move(value);  // of a doubled name the last one counts
  }
  std::vector<std::pair<std::string, std::string>> notations;
  for (const auto& [name, value] : members) {
    whole.is_answerable = whole.is_answerable && value.is_answerable;
    notations.emplace_back(name, value.notation);
  }
  whole.xml = "<value><struct>" + xml + "</struct></value>";
  whole.notation = struct_notation(std::move(notations));
  return whole;
}

XmlValue make_value(Bytes& bytes, int depth) {
  switch (bytes.below(depth < kMaxDepth ? 9 : 6)) {
    case 1: return make_int(bytes);
    case 2: return make_double(bytes);
    case 3: return make_boolean(bytes);
    case 4: return make_date_time(bytes);
    case 5: {
      XmlValue nil = typed("nil", "", "nil");
      nil.is_answerable = false;
      return nil;
    }
    case 6: return make_array(bytes, depth);
    case 7: return make_struct(bytes, depth);
    case 8: return make_deep_array(bytes, depth);
    default: return make_string(bytes);
  }
}

}  // namespace

XmlValue make_string(Bytes& bytes) {
  const unsigned form = bytes.below(5);
  const unsigned style = bytes.below(5);
  return write_string(form, style, bytes.text());
}

XmlValue make_string(Bytes& bytes, std::string_view text) {
  const unsigned form = bytes.below(5);
  return write_string(form, bytes.below(5), text);
}

XmlValue make_value(Bytes& bytes) { return make_value(bytes, 0); }

}  // namespace cache_server::fuzz
