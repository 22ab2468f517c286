/// A supervisord's configuration file as text: sections, keys, values.
///
/// Read as supervisord has Python's configparser read it: `=` or `:` behind a
/// key, whose case does not matter; lines that begin further in than their key
/// continue its value; `;` and `#` begin a comment at a line's begin and
/// behind a blank; of a key given twice the last counts; what `[DEFAULT]`
/// holds, every section does.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "located_json.h"

namespace conformance {

class IniFile {
 public:
  struct Value {
    std::string text;  ///< lines of a continued value joined by line feeds
    Place place;
  };

  /// `path` is only named in messages. Throws InputError, which never shows
  /// the line: a password may stand there.
  IniFile(const std::string& path, std::string_view text);

  const std::string& path() const { return path_; }
  bool has(const std::string& section) const { return sections_.contains(section); }
  /// Null if neither the section nor [DEFAULT] has the key, in small letters.
  const Value* find(const std::string& section, const std::string& key) const;

 private:
  std::string path_;
  std::map<std::string, std::map<std::string, Value>> sections_;
};

}  // namespace conformance
