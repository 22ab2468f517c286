/// JSON files whose every value knows its line and column.
///
/// A mistake in a fixture is answered with the place of the mistake, so a
/// file is read into a Document and walked by Nodes: a Node is one value
/// together with where it stands, and can say what is wrong with it.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

/// Members keep the order of the file: a struct is sent as it was written.
using Json = nlohmann::ordered_json;

/// A place in a file, or a file (or folder) as a whole, whose line is 0. Lines
/// and columns count from 1; a column is a byte.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  /// `file:line:column`, or `file`.
  std::string str() const;
};

/// A file that cannot be used as it is. what() is its place, a colon and the message.
class InputError : public std::runtime_error {
 public:
  InputError(const Place& place, const std::string& message)
      : std::runtime_error(place.str() + ": " + message) {}
};

/// The bytes of a file. Throws InputError if it cannot be read.
std::string read_file(const std::string& path);

/// One JSON file. Nodes refer into it, so it has to outlive them; it can be
/// neither copied nor moved.
class Document {
 public:
  /// Reads the file. Throws InputError for one that cannot be read, is not
  /// JSON, or gives a key of an object twice.
  explicit Document(const std::string& path);
  /// The same from text in memory; `path` is only named in messages.
  Document(const std::string& path, std::string_view text);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  class Node root() const;

 private:
  friend class Node;
  friend class PlaceScanner;

  /// Where a value begins, and for a member of an object also its key;
  /// `children` are in the order of the file, as in the Json.
  struct Places {
    int line = 0, column = 0;
    int key_line = 0, key_column = 0;
    std::vector<Places> children;
  };

  std::string path_;
  Json json_;
  Places places_;
};

/// One value of a Document. Cheap to copy.
class Node {
 public:
  const Json& json() const { return *json_; }
  Place place() const;

  /// Throws InputError: `file:line:column: message`.
  [[noreturn]] void fail(const std::string& message) const;
  /// The same, at this member's key rather than at its value.
  [[noreturn]] void fail_at_key(const std::string& message) const;

  /// The value as a C++ type; fails with `expected …, found …`.
  const std::string& string() const;
  bool boolean() const;
  int integer() const;
  std::vector<Node> items() const;

  /// The key of a member, as written; empty for anything else.
  const std::string& key() const { return key_; }
  /// All members of an object, in order; fails for another type.
  std::vector<Node> members() const;
  bool has(std::string_view key) const;
  /// The named member; fails with `the key "k" is missing`.
  Node at(std::string_view key) const;
  /// Fails at the first member whose key is not one of these.
  void allow_only(std::initializer_list<std::string_view> keys) const;

 private:
  friend class Document;
  Node(const Document& document, const Json& json, const Document::Places& places,
       std::string key)
      : document_(&document), json_(&json), places_(&places), key_(std::move(key)) {}

  const Document* document_;
  const Json* json_;
  const Document::Places* places_;
  std::string key_;
};

/// A value on one line as people read it in a message: JSON, at most `limit`
/// bytes, everything beyond ASCII escaped so that look-alikes differ.
std::string brief(const Json& value, std::size_t limit = 160);

}  // namespace conformance
