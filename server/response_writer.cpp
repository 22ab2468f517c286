#include "response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "xml_text.h"

namespace cache_server {
namespace {

/// Python's repr: positional from 1e-4 up to below 1e16, and then always with a
/// fraction; scientific outside.
std::string double_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 32> buffer;
  const auto text = [&](std::chars_format format) {
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
    return std::string(buffer.data(), end);
  };
  std::string scientific = text(std::chars_format::scientific);
  const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  if (exponent < -4 || exponent >= 16) return scientific;
  std::string fixed = text(std::chars_format::fixed);
  return fixed.find('.') == std::string::npos ? fixed + ".0" : fixed;
}

class Writer {
 public:
  void value(const Value& value) {
    out_ += "<value>";
    std::visit(*this, static_cast<const ValueVariant&>(value));
    out_ += "</value>\n";
  }

  void raw(std::string_view markup) { out_ += markup; }

  std::string take() { return std::move(out_); }

  void operator()(Nil) {
    throw Unmarshallable("neither nil nor what nests too deep can be answered");
  }

  void operator()(bool value) {
    out_ += value ? "<boolean>1</boolean>" : "<boolean>0</boolean>";
  }

  void operator()(std::int64_t value) {
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
      throw Unmarshallable("an int of more than 32 bits cannot be answered");
    }
    out_.append("<int>").append(std::to_string(value)).append("</int>");
  }

  void operator()(double value) {
    out_.append("<double>").append(double_text(value)).append("</double>");
  }

  void operator()(const std::string& value) {
    out_ += "<string>";
    text(value);
    out_ += "</string>";
  }

  void operator()(const DateTime& value) {
    out_.append("<dateTime.iso8601>").append(value.text).append("</dateTime.iso8601>");
  }

  void operator()(const Array& items) {
    out_ += "<array><data>\n";
    for (const Value& item : items) value(item);
    out_ += "</data></array>";
  }

  void operator()(const Struct& members) {
    out_ += "<struct>\n";
    for (const Member& member : members) {
      out_ += "<member>\n<name>";
      text(member.name);
      out_ += "</name>\n";
      value(member.value);
      out_ += "</member>\n";
    }
    out_ += "</struct>";
  }

 private:
  void text(std::string_view text) {
    if (find_non_xml_character(text) != std::string_view::npos) {
      throw Unmarshallable("a string holds a character that XML cannot carry");
    }
    while (!text.empty()) {
      const auto plain = std::min(text.find_first_of("&<>\r"), text.size());
      out_ += text.substr(0, plain);
      if (plain == text.size()) return;
      switch (text[plain]) {
        case '&': out_ += "&amp;"; break;
        case '<': out_ += "&lt;"; break;
        case '>': out_ += "&gt;"; break;
        case '\r': out_ += "&#13;"; break;
      }
      text.remove_prefix(plain + 1);
    }
  }

  std::string out_;
};

}  // namespace

std::string write_response(const Value& result) {
  Writer writer;
  writer.raw("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n");
  writer.value(result);
  writer.raw("</param>\n</params>\n</methodResponse>\n");
  return writer.take();
}

std::string write_fault(const Fault& fault) {
  Writer writer;
  writer.raw("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n");
  writer.value(fault_struct(fault));
  writer.raw("</fault>\n</methodResponse>\n");
  return writer.take();
}

}  // namespace cache_server
