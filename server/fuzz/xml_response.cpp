#include "xml_response.h"

#include <expat.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "require.h"

namespace cache_server::fuzz {
namespace {

struct Element {
  std::string name;
  std::string text;  // of all of its own, around its children
  std::vector<std::unique_ptr<Element>> children = {};
};

/// The document as a tree; the root is the only child of what is returned.
std::unique_ptr<Element> read_tree(std::string_view xml) {
  auto document = std::make_unique<Element>();
  std::vector<Element*> open = {document.get()};
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate("UTF-8"), XML_ParserFree);
  XML_SetUserData(parser.get(), &open);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* name, const char** attributes) {
        auto& elements = *static_cast<std::vector<Element*>*>(data);
        require(*attributes == nullptr, "XML-RPC has no attributes", name);
        auto& siblings = elements.back()->children;
        siblings.push_back(std::make_unique<Element>(Element{name, {}}));
        elements.push_back(siblings.back().get());
      },
      [](void* data, const char*) {
        static_cast<std::vector<Element*>*>(data)->pop_back();
      });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const char* text, int length) {
    static_cast<std::vector<Element*>*>(data)->back()->text.append(
        text, static_cast<std::size_t>(length));
  });
  require(XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) ==
              XML_STATUS_OK,
          "a response is well-formed XML", xml);
  return document;
}

bool holds_no_text(const Element& element) {
  return element.text.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// The only child, which has that name.
const Element& only(const Element& element, std::string_view child) {
  require(element.children.size() == 1 && element.children[0]->name == child &&
              holds_no_text(element),
          "each element of XML-RPC holds what it may", element.name);
  return *element.children[0];
}

std::string notation(const Element& value);

std::string array_of(const Element& array) {
  const Element& data = only(array, "data");
  require(holds_no_text(data), "an array holds values only", data.text);
  std::vector<std::string> items;
  for (const auto& item : data.children) items.push_back(notation(*item));
  return array_notation(items);
}

std::string struct_of(const Element& element) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& member : element.children) {
    require(member->name == "member" && member->children.size() == 2 &&
                member->children[0]->name == "name" &&
                member->children[0]->children.empty(),
            "a struct holds members of name and value", member->name);
    members.emplace_back(member->children[0]->text, notation(*member->children[1]));
  }
  return struct_notation(std::move(members));
}

std::string notation(const Element& value) {
  require(value.name == "value" && value.children.size() == 1 && holds_no_text(value),
          "a value holds one type", value.name);
  const Element& type = *value.children[0];
  const std::string& text = type.text;
  const char* const end = text.data() + text.size();
  if (type.name == "array") return array_of(type);
  if (type.name == "struct") return struct_of(type);
  require(type.children.empty(), "a scalar holds no element", type.name);
  if (type.name == "string") return string_notation(text);
  if (type.name == "dateTime.iso8601") return date_time_notation(text);
  if (type.name == "boolean") {
    require(text == "0" || text == "1", "a boolean is 0 or 1", text);
    return boolean_notation(text == "1");
  }
  if (type.name == "int") {
    std::int32_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    require(error == std::errc() && stop == end, "an int has 32 bits", text);
    return int_notation(number);
  }
  require(type.name == "double", "no other types are answered", type.name);
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  // What is below the smallest double is never written.
  require(error == std::errc() && stop == end, "a double is a number", text);
  return double_notation(number);
}

}  // namespace

XmlResponse read_xml_response(std::string_view xml) {
  const auto document = read_tree(xml);
  const Element& root = only(*document, "methodResponse");
  if (!root.children.empty() && root.children[0]->name == "fault") {
    return {true, notation(only(only(root, "fault"), "value"))};
  }
  return {false, notation(only(only(only(root, "params"), "param"), "value"))};
}

std::string string_notation(std::string_view text) {
  return "string of " + std::to_string(text.size()) + ": " + std::string(text);
}

std::string int_notation(long long number) { return "int " + std::to_string(number); }

std::string boolean_notation(bool yes) { return yes ? "true" : "false"; }

std::string double_notation(double number) {
  if (std::isnan(number)) return "nan";
  return "double " + std::to_string(std::bit_cast<std::uint64_t>(number)) + " (" +
         std::to_string(number) + ")";
}

std::string date_time_notation(std::string_view text) {
  return "dateTime " + std::string(text);
}

std::string array_notation(const std::vector<std::string>& items) {
  std::string all = "[";
  for (const std::string& item : items) all.append(item).append(", ");
  return all + "]";
}

std::string struct_notation(std::vector<std::pair<std::string, std::string>> members) {
  std::sort(members.begin(), members.end());
  std::string all = "{";
  for (const auto& [name, value] : members) {
    all.append(string_notation(name)).append(" = ").append(value).append(", ");
  }
  return all + "}";
}

}  // namespace cache_server::fuzz
