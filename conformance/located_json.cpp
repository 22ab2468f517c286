#include "located_json.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace conformance {

namespace {

/// The line and column of a byte of a text.
Place place_of(const std::string& path, std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte);
  const auto newline = before.rfind('\n');
  const auto line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {path, 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          1 + static_cast<int>(before.size() - line_start)};
}

/// What is read of a value to show its beginning.
constexpr std::size_t most_shown = 64 * 1024;

/// The beginning of a value: as many bytes and items as are `left`, from which they
/// are taken.
Json start_of(const Json& value, std::size_t& left) {
  const auto take = [&](std::size_t wanted) {
    const std::size_t taken = std::min(wanted, left);
    left -= taken;
    return taken;
  };
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.substr(0, take(text.size()));
  }
  take(1);
  if (!value.is_structured()) return value;
  Json start = value.is_array() ? Json::array() : Json::object();
  for (auto item = value.begin(); item != value.end() && left > 0; ++item) {
    if (value.is_array()) {
      start.push_back(start_of(*item, left));
    } else {
      take(item.key().size());
      start[item.key()] = start_of(*item, left);
    }
  }
  return start;
}

std::string found(const Json& json) {
  return std::string("found ") + (json.is_structured() ? json.is_array() ? "an array" : "an object"
                                                       : brief(json));
}

}  // namespace

/// Walks a text that is known to be JSON and notes where each value begins.
class PlaceScanner {
 public:
  PlaceScanner(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  Document::Places value(int depth = 0) {
    skip_space();
    if (depth > deepest) throw InputError({path_, line_, column()}, "nested too deep");
    Document::Places here;
    here.line = line_;
    here.column = column();
    if (text_[at_] == '{') {
      members(here, depth);
    } else if (text_[at_] == '[') {
      ++at_;
      while (skip_space(), text_[at_] != ']') here.children.push_back(value(depth + 1));
      ++at_;
    } else if (text_[at_] == '"') {
      token();
    } else {
      while (at_ < text_.size() && !std::strchr(",]} \t\r\n", text_[at_])) ++at_;
    }
    return here;
  }

 private:
  static constexpr int deepest = 1000;

  void members(Document::Places& object, int depth) {
    std::set<std::string> keys;
    ++at_;
    while (skip_space(), text_[at_] != '}') {
      const Place key_place{path_, line_, column()};
      const std::string_view written = token();
      const auto key = written.find('\\') == std::string_view::npos
                           ? std::string(written.substr(1, written.size() - 2))
                           : Json::parse(written).get<std::string>();
      if (!keys.insert(key).second)
        throw InputError(key_place, "the key \"" + key + "\" is given twice");
      object.children.push_back(value(depth + 1));
      object.children.back().key_line = key_place.line;
      object.children.back().key_column = key_place.column;
    }
    ++at_;
  }

  std::string_view token() {
    const auto start = at_++;
    while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    return text_.substr(start, ++at_ - start);
  }

  /// White space, and the separators that a valid text has between values.
  void skip_space() {
    for (; at_ < text_.size() && std::strchr(" \t\r\n,:", text_[at_]); ++at_) {
      if (text_[at_] != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
    }
  }

  int column() const { return static_cast<int>(at_ - line_start_) + 1; }

  const std::string& path_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

std::string Place::str() const {
  return line == 0 ? file : file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string read_file(const std::string& path) {
  std::error_code ignored;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, ignored))
    throw InputError({path}, "the file cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

Document::Document(const std::string& path) : Document(path, read_file(path)) {}

Document::Document(const std::string& path, std::string_view text) : path_(path) {
  if (text.starts_with("\xef\xbb\xbf"))
    throw InputError({path, 1, 1}, "the file begins with a byte order mark; save it without");
  try {
    json_ = Json::parse(text);
  } catch (const Json::parse_error& error) {
    std::string message = error.what();
    // "[json.exception…] parse error at line 1, column 2: what is wrong"
    if (const auto colon = message.find(": "); colon != std::string::npos)
      message.erase(0, colon + 2);
    throw InputError(place_of(path, text, error.byte > 0 ? error.byte - 1 : 0),
                     "not JSON: " + message);
  } catch (const Json::exception&) {
    throw InputError({path}, "a number in the file is too large");
  }
  places_ = PlaceScanner(path_, text).value();
}

Node Document::root() const { return Node(*this, json_, places_, ""); }

Place Node::place() const { return {document_->path_, places_->line, places_->column}; }

void Node::fail(const std::string& message) const { throw InputError(place(), message); }

void Node::fail_at_key(const std::string& message) const {
  throw InputError({document_->path_, places_->key_line, places_->key_column}, message);
}

const std::string& Node::string() const {
  if (!json_->is_string()) fail("expected a string, " + found(*json_));
  return json_->get_ref<const std::string&>();
}

bool Node::boolean() const {
  if (!json_->is_boolean()) fail("expected true or false, " + found(*json_));
  return json_->get<bool>();
}

int Node::integer() const {
  if (!json_->is_number_integer()) fail("expected an integer, " + found(*json_));
  // A value above 2^63 is unsigned in Json and would turn negative here.
  const bool fits = json_->is_number_unsigned() ? json_->get<std::uint64_t>() <= 0x7fffffff
                                                : json_->get<std::int64_t>() >= -0x80000000LL;
  if (!fits) fail("expected an integer of 32 bits, " + found(*json_));
  return json_->get<int>();
}

std::vector<Node> Node::items() const {
  if (!json_->is_array()) fail("expected an array, " + found(*json_));
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < json_->size(); ++i)
    nodes.push_back(Node(*document_, (*json_)[i], places_->children[i], ""));
  return nodes;
}

std::vector<Node> Node::members() const {
  if (!json_->is_object()) fail("expected an object, " + found(*json_));
  std::vector<Node> nodes;
  std::size_t i = 0;
  for (const auto& [key, value] : json_->items())
    nodes.push_back(Node(*document_, value, places_->children[i++], key));
  return nodes;
}

bool Node::has(std::string_view key) const { return json_->is_object() && json_->contains(key); }

Node Node::at(std::string_view key) const {
  for (const Node& member : members())
    if (member.key() == key) return member;
  fail("the key \"" + std::string(key) + "\" is missing");
}

void Node::allow_only(std::initializer_list<std::string_view> keys) const {
  for (const Node& member : members()) {
    if (std::find(keys.begin(), keys.end(), member.key()) != keys.end()) continue;
    std::string known;
    for (const std::string_view key : keys) known.append(known.empty() ? "" : ", ").append(key);
    member.fail_at_key("unknown key \"" + member.key() + "\"; known here: " + known);
  }
}

std::string brief(const Json& value, std::size_t limit) {
  std::size_t left = most_shown;
  std::string text = start_of(value, left).dump(-1, ' ', true, Json::error_handler_t::replace);
  const std::string size = left == 0 ? "more than 64 KiB" : std::to_string(text.size()) + " bytes";
  if (text.size() > limit) text = text.substr(0, limit) + "… (" + size + ")";
  return text;
}

}  // namespace conformance
