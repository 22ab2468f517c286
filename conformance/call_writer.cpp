#include "call_writer.h"

#include "notation.h"

namespace conformance {

namespace {

std::string escaped(const std::string& text) {
  std::string xml;
  xml.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': xml += "&amp;"; break;
      case '<': xml += "&lt;"; break;
      case '>': xml += "&gt;"; break;
      case '\r': xml += "&#13;"; break;
      default: xml += c;
    }
  }
  return xml;
}

void write_value(std::string& xml, const Json& value);

void write_element(std::string& xml, const std::string& name, const std::string& text) {
  xml.append("<").append(name).append(">").append(text).append("</").append(name).append(">");
}

void write_member(std::string& xml, const std::string& name, const Json& value) {
  xml += "<member><name>" + escaped(name) + "</name>";
  write_value(xml, value);
  xml += "</member>";
}

void write_value(std::string& xml, const Json& value) {
  const std::string_view type = type_of(value);
  const std::string_view word = dollar_word(value);
  xml += "<value>";
  if (type == "string") {
    write_element(xml, "string", escaped(value.get_ref<const std::string&>()));
  } else if (type == "int") {
    write_element(xml, "int", value.dump());
  } else if (type == "boolean") {
    write_element(xml, "boolean", value.get<bool>() ? "1" : "0");
  } else if (type == "nil") {
    xml += "<nil/>";
  } else if (type == "array") {
    xml += "<array><data>";
    for (const Json& item : value) write_value(xml, item);
    xml += "</data></array>";
  } else if (type == "struct") {
    xml += "<struct>";
    if (word == "$struct") {
      for (const Json& pair : value["$struct"]) write_member(xml, pair[0].get<std::string>(), pair[1]);
    } else {
      for (const auto& [name, member] : value.items()) write_member(xml, name, member);
    }
    xml += "</struct>";
  } else {  // $double, $base64, $i8, $dateTime: the text as it was given
    write_element(xml, type == "dateTime" ? "dateTime.iso8601" : std::string(type),
                  escaped(value.begin().value().get<std::string>()));
  }
  xml += "</value>";
}

}  // namespace

std::string write_call(const std::string& method, const Json& params) {
  std::string xml = "<?xml version=\"1.0\"?>\n<methodCall><methodName>" + escaped(method) +
                    "</methodName><params>";
  for (const Json& param : params) {
    xml += "<param>";
    write_value(xml, param);
    xml += "</param>";
  }
  return xml + "</params></methodCall>\n";
}

}  // namespace conformance
