#include "call_reader.h"

// Debian's expat.h declares the bounds of entities only to those who define this; the
// library has them.
#define XML_DTD
#include <expat.h>

#include <array>
#include <exception>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "malformed_call.h"
#include "scalar.h"
#include "xml_text.h"

namespace cache_server {
namespace {

enum class Kind {
  VALUE,
  PARAM,
  PARAMS,
  METHOD_NAME,
  ARRAY,
  DATA,
  STRUCT,
  SCALAR,
  UNKNOWN,
};

/// What an element's name says about it.
struct ElementType {
  Kind kind;
  std::string_view name;
  std::optional<Value> (*read)(std::string&& text) = nullptr;  ///< of a SCALAR
  std::string_view content = {};  ///< what read() wants, if it refuses any text
};

std::optional<Value> read_string(std::string&& text) { return std::move(text); }

std::optional<Value> read_boolean(std::string&& text) { return text == "1"; }

/// A reader of scalar.h, in the shape that ElementType::read has for the sake of long
/// strings.
template <auto read>
std::optional<Value> from_text(std::string&& text) {
  return read(text);
}

constexpr ElementType kUnknown{Kind::UNKNOWN, ""};
constexpr std::array kElementTypes = {
    ElementType{Kind::VALUE, "value"},
    ElementType{Kind::PARAM, "param"},
    ElementType{Kind::PARAMS, "params"},
    ElementType{Kind::METHOD_NAME, "methodName"},
    ElementType{Kind::ARRAY, "array"},
    ElementType{Kind::DATA, "data"},
    ElementType{Kind::STRUCT, "struct"},
    ElementType{Kind::SCALAR, "string", read_string},
    ElementType{Kind::SCALAR, "boolean", read_boolean},
    ElementType{Kind::SCALAR, "int", from_text<read_integer>, "an integer"},
    ElementType{Kind::SCALAR, "i4", from_text<read_integer>, "an integer"},
    ElementType{Kind::SCALAR, "double", from_text<read_double>, "a number"},
    ElementType{Kind::SCALAR, "dateTime.iso8601", from_text<read_date_time>,
                "a date and time like 19980717T14:08:55"},
    ElementType{Kind::SCALAR, "base64", from_text<read_base64>,
                "the base64 of text in UTF-8, padded to groups of four"},
};

const ElementType& type_of(std::string_view name) {
  for (const ElementType& type : kElementTypes) {
    if (type.name == name) return type;
  }
  return kUnknown;
}

/// An element that has begun and not ended.
struct Open {
  const ElementType* type;
  std::size_t level;       ///< how many arrays and structs are open, this one included
  bool is_member = false;  ///< a child of a struct that may be a name and its value
  bool has_child = false;
  std::string text = {};  ///< before the first child

  /// What the children stand for, as far as it matters: all of DATA and PARAMS, the
  /// first of VALUE, PARAM and ARRAY, three of a member, where that is one too many.
  std::vector<Value> children = {};
  Struct members = {};  ///< of a STRUCT
};

/// Of a doubled name the first place and the last value are left. No hash table: names
/// with the same hash are easily made, and a few megabytes of them would take minutes.
Struct without_doubles(Struct members) {
  std::map<std::string, std::size_t> index;
  std::size_t kept = 0;
  for (Member& member : members) {
    const auto [entry, is_new] = index.try_emplace(member.name, kept);
    if (!is_new) {
      members[entry->second].value = std::move(member.value);
    } else if (Member& place = members[kept++]; &place != &member) {
      place = std::move(member);
    }
  }
  members.resize(kept);
  return members;
}

using Parser = std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)>;

/// The longest body after which the parser is kept: it holds on to what it has needed.
constexpr std::size_t kKeptAfter = 4096;

/// This thread's parser, as good as new. To make one and to free it takes a third of the
/// time of a small call.
Parser& fresh_parser() {
  static thread_local Parser parser{nullptr, XML_ParserFree};
  if (parser == nullptr || XML_ParserReset(parser.get(), "UTF-8") == XML_FALSE) {
    parser.reset(XML_ParserCreateNS("UTF-8", '}'));
  }
  if (parser == nullptr) throw std::bad_alloc();
  // Without one, expat asks the system for each document.
  static const unsigned long salt = std::random_device()() | 1UL;
  XML_SetHashSalt(parser.get(), salt);
  return parser;
}

/// Reads one document. The depth of the document is that of `open_`, never that of the
/// stack of this process.
class Reader {
 public:
  Reader(XML_Parser parser, std::size_t max_depth)
      : parser_(parser), max_depth_(max_depth) {}

  Call read(std::string_view body) {
    refuse_other_encodings(body);
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, on_start, on_end);
    XML_SetCharacterDataHandler(parser_, on_text);
    XML_SetExternalEntityRefHandler(parser_, on_external_entity);
    XML_SetSkippedEntityHandler(parser_, on_skipped_entity);
    // Up to 8 MiB entities may make of a body whatever they like; more has to be in it.
    XML_SetBillionLaughsAttackProtectionMaximumAmplification(parser_, 2);
    const auto status = XML_Parse(parser_, body.data(),
                                  static_cast<int>(body.size()), XML_TRUE);
    if (error_) std::rethrow_exception(error_);
    if (status != XML_STATUS_OK) refuse(problem_in(body));
    if (call_.method.empty()) refuse("the call names no method");
    return std::move(call_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    throw MalformedCall(static_cast<int>(XML_GetCurrentLineNumber(parser_)),
                        problem);
  }

  [[noreturn]] void refuse(std::string_view element, std::string_view problem) const {
    refuse("<" + std::string(element) + "> " + std::string(problem));
  }

  /// Whatever expat is told, it takes a document that begins with one of these bytes,
  /// which UTF-8 has not, for UTF-16.
  void refuse_other_encodings(std::string_view body) const {
    using namespace std::string_view_literals;
    if (body.substr(0, 2).find_first_of("\0\xFE\xFF"sv) != std::string_view::npos) {
      refuse("the document is not in UTF-8");
    }
    if (body.size() > std::numeric_limits<int>::max()) refuse("the document is too long");
  }

  std::string problem_in(std::string_view body) const {
    const XML_Error code = XML_GetErrorCode(parser_);
    if (code == XML_ERROR_NO_MEMORY) throw std::bad_alloc();
    if (code == XML_ERROR_INVALID_TOKEN &&
        find_invalid_utf8(body) != std::string_view::npos) {
      return "the document is not in UTF-8";
    }
    if (body.empty()) return "the body is empty";
    return std::string("XML: ") + XML_ErrorString(code) + ", in column " +
           std::to_string(XML_GetCurrentColumnNumber(parser_) + 1);
  }

  void start(std::string_view name) {
    const ElementType& type = type_of(name);
    const Open* parent = open_.empty() ? nullptr : &open_.back();
    const std::size_t level = (parent != nullptr ? parent->level : 0) +
                              (type.kind == Kind::DATA || type.kind == Kind::STRUCT);
    if (open_.size() == max_depth_) {
      refuse("elements nest deeper than " + std::to_string(max_depth_) +
             " levels (--max-depth)");
    }
    const bool is_member = parent != nullptr && parent->type->kind == Kind::STRUCT &&
                           (type.kind == Kind::UNKNOWN || type.kind == Kind::METHOD_NAME);
    if (!open_.empty()) open_.back().has_child = true;
    open_.push_back({.type = &type, .level = level, .is_member = is_member});
  }

  void text(std::string_view text) {
    if (!open_.back().has_child) open_.back().text += text;
  }

  void end() {
    Open element = std::move(open_.back());
    open_.pop_back();
    Value value = value_of(element);
    if (open_.empty()) return;
    Open& parent = open_.back();
    switch (parent.type->kind) {
      case Kind::DATA:
      case Kind::PARAMS: parent.children.push_back(std::move(value)); break;
      case Kind::VALUE:
      case Kind::PARAM:
      case Kind::ARRAY:
        if (parent.children.empty()) parent.children.push_back(std::move(value));
        break;
      case Kind::STRUCT: parent.members.push_back(member_of(element)); break;
      case Kind::METHOD_NAME:
      case Kind::UNKNOWN:
        if (parent.is_member && parent.children.size() < 3) {
          parent.children.push_back(std::move(value));
        }
        break;
      case Kind::SCALAR: break;
    }
  }

  /// What an element stands for. It may leave the element without what made the value.
  Value value_of(Open& element) {
    switch (element.type->kind) {
      case Kind::VALUE:
        if (!element.has_child) return std::move(element.text);
        return std::move(element.children.front());
      case Kind::PARAM:
      case Kind::ARRAY:
        if (!element.has_child) refuse(element.type->name, "is empty");
        return std::move(element.children.front());
      case Kind::DATA:
        if (element.level > kDeepestAnswered) return Nil();
        return std::move(element.children);
      case Kind::STRUCT:
        if (element.level > kDeepestAnswered) return Nil();
        return without_doubles(std::move(element.members));
      case Kind::SCALAR:
        if (auto value = element.type->read(std::move(element.text))) {
          return *std::move(value);
        }
        refuse(element.type->name,
               "does not hold " + std::string(element.type->content));
      case Kind::METHOD_NAME: call_.method = element.text; break;
      case Kind::PARAMS: call_.params = std::move(element.children); break;
      case Kind::UNKNOWN: break;
    }
    if (element.text.empty()) return Nil();
    return std::move(element.text);
  }

  /// The refusals do not tell its tag: that may be of any length, and hold line ends.
  Member member_of(Open& element) const {
    if (!element.is_member || element.children.size() != 2) {
      refuse("struct", "has a member that is not exactly a name and a value");
    }
    Value& name = element.children[0];
    Value& value = element.children[1];
    if (std::holds_alternative<Nil>(name)) return {"", std::move(value)};
    auto* text = std::get_if<std::string>(&name);
    if (text == nullptr) refuse("struct", "has a name that is not text");
    return {std::move(*text), std::move(value)};
  }

  /// Does `work` for one of expat's events. No exception may cross expat, which is C: it
  /// is kept, and thrown again when expat has stopped. Until then it may send events.
  template <typename Work>
  static void handle(void* self, Work work) {
    Reader& reader = *static_cast<Reader*>(self);
    if (reader.error_) return;
    try {
      work(reader);
    } catch (...) {
      reader.error_ = std::current_exception();
      XML_StopParser(reader.parser_, XML_FALSE);
    }
  }

  static void on_start(void* self, const XML_Char* name, const XML_Char**) {
    handle(self, [&](Reader& reader) { reader.start(name); });
  }

  static void on_end(void* self, const XML_Char*) {
    handle(self, [](Reader& reader) { reader.end(); });
  }

  static void on_text(void* self, const XML_Char* text, int length) {
    handle(self, [&](Reader& reader) {
      reader.text({text, static_cast<std::size_t>(length)});
    });
  }

  /// Without this handler expat leaves such an entity out, and says nothing.
  static int on_external_entity(XML_Parser, const XML_Char*, const XML_Char*,
                                const XML_Char*, const XML_Char*) {
    return XML_STATUS_ERROR;
  }

  /// One that is not declared, but might be in a part of the DOCTYPE that is elsewhere.
  static void on_skipped_entity(void* self, const XML_Char* name, int) {
    handle(self, [&](Reader& reader) {
      reader.refuse("entity &" + std::string(name) + "; is not declared");
    });
  }

  const XML_Parser parser_;
  const std::size_t max_depth_;
  std::vector<Open> open_;
  Call call_;
  std::exception_ptr error_;
};

}  // namespace

Call read_call(std::string_view body, std::size_t max_depth) {
  Parser& parser = fresh_parser();
  try {
    Call call = Reader(parser.get(), max_depth).read(body);
    if (body.size() > kKeptAfter) parser.reset();
    return call;
  } catch (...) {
    parser.reset();
    throw;
  }
}

}  // namespace cache_server
