#include "response_reader.h"

// Debian's expat.h declares the bound of entities only to those who define this.
#define XML_DTD
#include <expat.h>

#include <algorithm>
#include <memory>
#include <regex>
#include <stdexcept>
#include <vector>

#include "notation.h"

namespace conformance {

namespace {

constexpr std::size_t deepest = 3010;  // elements: a level of an array or struct is three
constexpr std::size_t most_elements = 1'000'000;

struct Element {
  std::string name;
  int line = 0;
  std::string text;  ///< of this element alone, joined over comments and CDATA
  std::vector<Element> children;
};

/// What is wrong with a document that is well-formed.
class Misfit : public std::runtime_error {
 public:
  Misfit(const Element& element, const std::string& message)
      : std::runtime_error("line " + std::to_string(element.line) + ": " + message) {}
};

/// Builds the tree of elements from expat's events.
class TreeBuilder {
 public:
  Element parse(std::string_view document) {
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                         XML_ParserFree);
    parser_ = parser.get();
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, on_start, on_end);
    XML_SetCharacterDataHandler(parser_, on_text);
    XML_SetExternalEntityRefHandler(parser_, on_external_entity);
    XML_SetSkippedEntityHandler(parser_, on_skipped_entity);
    XML_SetBillionLaughsAttackProtectionMaximumAmplification(parser_, 2);  // from 8 MiB on
    if (XML_Parse(parser_, document.data(), static_cast<int>(document.size()), XML_TRUE) !=
        XML_STATUS_OK) {
      throw std::runtime_error("line " + std::to_string(XML_GetCurrentLineNumber(parser_)) + ": " +
                               (stopped_.empty() ? why_stopped() : stopped_));
    }
    return std::move(root_.children.front());
  }

 private:
  static void on_start(void* self, const XML_Char* name, const XML_Char**) {
    static_cast<TreeBuilder*>(self)->start(name);
  }
  static void on_end(void* self, const XML_Char*) { static_cast<TreeBuilder*>(self)->open_.pop_back(); }
  static void on_text(void* self, const XML_Char* text, int length) {
    static_cast<TreeBuilder*>(self)->open_.back()->text.append(text,
                                                               static_cast<std::size_t>(length));
  }

  static int on_external_entity(XML_Parser parser, const XML_Char*, const XML_Char*,
                                const XML_Char* place, const XML_Char*) {
    static_cast<TreeBuilder*>(XML_GetUserData(parser))
        ->stop("an entity that stands elsewhere, at " + brief(Json(place ? place : ""), 60) +
               ", which is not fetched");
    return XML_STATUS_ERROR;
  }
  static void on_skipped_entity(void* self, const XML_Char* name, int) {
    static_cast<TreeBuilder*>(self)->stop("an entity that is not declared here: " +
                                          brief(Json(name), 60));
  }

  std::string why_stopped() const {
    const XML_Error error = XML_GetErrorCode(parser_);
    if (error == XML_ERROR_AMPLIFICATION_LIMIT_BREACH)
      return "entities that make the answer more than twice as long, beyond 8 MiB";
    std::string reason = XML_ErrorString(error);
    if (error == XML_ERROR_INVALID_TOKEN)
      reason = "a byte that may not stand in column " +
               std::to_string(XML_GetCurrentColumnNumber(parser_) + 1);
    return "not well-formed XML: " + reason;
  }

  void start(const char* name) {
    if (open_.size() > deepest) return stop("values nest too deep");
    if (++elements_ > most_elements) return stop("more than a million elements");
    auto& siblings = open_.back()->children;
    siblings.push_back({name, static_cast<int>(XML_GetCurrentLineNumber(parser_)), {}, {}});
    open_.push_back(&siblings.back());
  }

  void stop(const std::string& reason) {
    stopped_ = reason;
    XML_StopParser(parser_, XML_FALSE);
  }

  XML_Parser parser_ = nullptr;
  Element root_;
  /// The elements that are open: only the innermost grows, so none moves.
  std::vector<Element*> open_ = {&root_};
  std::size_t elements_ = 0;
  std::string stopped_;
};

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

void require_no_text(const Element& element) {
  if (!is_blank(element.text))
    throw Misfit(element, "text beside the elements in <" + element.name + ">: " +
                              brief(Json(element.text), 60));
}

/// The single child of an element that has no text, by name.
const Element& only_child(const Element& element, const char* name) {
  require_no_text(element);
  if (element.children.size() != 1 || element.children[0].name != name)
    throw Misfit(element, "expected exactly one <" + std::string(name) + "> in <" + element.name +
                              ">, found " + std::to_string(element.children.size()) + " elements");
  return element.children[0];
}

const std::string& only_text(const Element& element) {
  if (!element.children.empty())
    throw Misfit(element, "an element in <" + element.name + ">, which holds text");
  return element.text;
}

Json read_value(const Element& element);

Json read_int(const Element& element) {
  const std::string& text = only_text(element);
  static const std::regex form("[+-]?[0-9]{1,30}");
  if (text.size() <= 40 && std::regex_match(text, form)) {
    const long double number = std::stold(text);
    if (number >= -2147483648.0L && number <= 2147483647.0L) return static_cast<int>(number);
  }
  throw Misfit(element, brief(Json(text)) + " is not an int of 32 bits");
}

Json read_boolean(const Element& element) {
  const std::string& text = only_text(element);
  if (text != "0" && text != "1") throw Misfit(element, brief(Json(text)) + " is not a boolean");
  return text == "1";
}

Json read_double_value(const Element& element) {
  double number = 0;
  if (!read_double(only_text(element), number))
    throw Misfit(element, brief(Json(element.text)) + " is not a double");
  return {{"$double", element.text}};
}

Json read_i8(const Element& element) {
  static const std::regex form("[+-]?[0-9]{1,30}");
  if (only_text(element).size() > 40 || !std::regex_match(element.text, form))
    throw Misfit(element, brief(Json(element.text)) + " is not an i8");
  return {{"$i8", element.text}};
}

Json read_base64(const Element& element) {
  std::string text = only_text(element);
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return is_blank({c}); }),
             text.end());
  if (!is_base64(text)) throw Misfit(element, "not base64: " + brief(Json(text)));
  return {{"$base64", text}};
}

Json read_array(const Element& element) {
  const Element& data = only_child(element, "data");
  require_no_text(data);
  Json items = Json::array();
  for (const Element& item : data.children) {
    if (item.name != "value") throw Misfit(item, "expected <value> in <data>, found <" + item.name + ">");
    items.push_back(read_value(item));
  }
  return items;
}

Json read_struct(const Element& element) {
  require_no_text(element);
  Members members;
  for (const Element& member : element.children) {
    if (member.name != "member")
      throw Misfit(member, "expected <member> in <struct>, found <" + member.name + ">");
    require_no_text(member);
    const auto child = [&](const char* name) -> const Element& {
      for (const Element& candidate : member.children)
        if (candidate.name == name) return candidate;
      throw Misfit(member, "a <member> without a <" + std::string(name) + ">");
    };
    if (member.children.size() != 2) throw Misfit(member, "expected <name> and <value> in <member>");
    members.emplace_back(only_text(child("name")), read_value(child("value")));
  }
  return struct_of(std::move(members));
}

Json read_value(const Element& element) {
  if (element.children.empty()) return element.text;
  require_no_text(element);
  if (element.children.size() != 1) throw Misfit(element, "more than one element in <value>");
  const Element& typed = element.children[0];
  if (typed.name == "string") return only_text(typed);
  if (typed.name == "int" || typed.name == "i4") return read_int(typed);
  if (typed.name == "boolean") return read_boolean(typed);
  if (typed.name == "double") return read_double_value(typed);
  if (typed.name == "array") return read_array(typed);
  if (typed.name == "struct") return read_struct(typed);
  if (typed.name == "base64") return read_base64(typed);
  if (typed.name == "dateTime.iso8601") return {{"$dateTime", only_text(typed)}};
  if (typed.name == "i8") return read_i8(typed);
  if (typed.name == "nil" && only_text(typed).empty()) return {{"$nil", true}};
  throw Misfit(typed, "<" + typed.name + "> is no type of XML-RPC");
}

Reply read_response(const Element& root) {
  if (root.name != "methodResponse")
    throw Misfit(root, "expected <methodResponse>, found <" + root.name + ">");
  require_no_text(root);
  if (root.children.size() != 1)
    throw Misfit(root, "expected either <params> or <fault> in <methodResponse>, found " +
                           std::to_string(root.children.size()) + " elements");
  const Element& content = root.children[0];
  if (content.name == "params")
    return ValueReply{read_value(only_child(only_child(content, "param"), "value"))};
  if (content.name != "fault")
    throw Misfit(content, "expected <params> or <fault>, found <" + content.name + ">");
  const Json fault = read_value(only_child(content, "value"));
  if (type_of(fault) != "struct" || !fault.contains("faultCode") || !fault.contains("faultString"))
    throw Misfit(content, "a fault that is not a struct of faultCode and faultString");
  if (!fault["faultCode"].is_number()) throw Misfit(content, "a faultCode that is not an int");
  if (!fault["faultString"].is_string())
    throw Misfit(content, "a faultString that is not a string");
  Json others = Json::array();
  for (const auto& [name, member] : fault.items())
    if (name != "faultCode" && name != "faultString") others.push_back(name);
  return FaultReply{
      {{"code", fault["faultCode"]}, {"string", fault["faultString"]}, {"others", others}}};
}

}  // namespace

Reply read_reply(std::string_view document) {
  if (document.empty()) return BadReply{"the body is empty"};
  try {
    return read_response(TreeBuilder().parse(document));
  } catch (const std::runtime_error& error) {
    return BadReply{error.what()};
  }
}

std::optional<std::string> why_bad(const Reply& reply) {
  if (const auto* bad = std::get_if<BadReply>(&reply)) return bad->message;
  return {};
}

}  // namespace conformance
