#include "ini_file.h"

#include <algorithm>
#include <cctype>

namespace conformance {

namespace {

constexpr std::string_view blanks = " \t\v\f";

std::string_view stripped(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool begins_comment(std::string_view line, std::size_t at) {
  return at < line.size() && (at == 0 || blanks.find(line[at - 1]) != std::string_view::npos);
}

/// Where a comment begins, or the line's size. configparser looks at the first
/// `;` and the first `#`, then at the second of each, until one is a comment.
std::size_t comment_in(std::string_view line) {
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return line.size();
  if (line[first] == ';' || line[first] == '#') return 0;
  std::size_t semicolon = line.find(';'), hash = line.find('#');
  while (semicolon != std::string_view::npos || hash != std::string_view::npos) {
    std::size_t begin = line.size();
    for (const std::size_t at : {semicolon, hash})
      if (begins_comment(line, at)) begin = std::min(begin, at);
    if (begin < line.size()) return begin;
    if (semicolon != std::string_view::npos) semicolon = line.find(';', semicolon + 1);
    if (hash != std::string_view::npos) hash = line.find('#', hash + 1);
  }
  return line.size();
}

/// Cuts the next line off, whichever line end it has.
std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  else if (!text.empty()) text.remove_prefix(1);
  return line;
}

}  // namespace

IniFile::IniFile(const std::string& path, std::string_view text) : path_(path) {
  std::map<std::string, Value>* section = nullptr;
  Value* value = nullptr;  // that a further line would continue
  std::size_t indent = 0;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = next_line(text);
    const std::size_t comment = comment_in(line);
    const std::string_view content = stripped(line.substr(0, comment));
    const Place place{path, number, 1};
    if (content.empty()) {
      if (value && comment == line.size()) value->text += '\n';
      continue;
    }
    const std::size_t begin = line.find_first_not_of(blanks);
    if (value && begin > indent) {
      value->text.append("\n").append(content);
      continue;
    }
    indent = begin;
    const auto end = content.rfind(']');
    if (content[0] == '[' && end != std::string_view::npos && end > 1) {
      section = &sections_[std::string(content.substr(1, end - 1))];
      value = nullptr;
      continue;
    }
    if (!section) throw InputError(place, "there is no [section] before this line");
    const auto mark = content.find_first_of("=:");
    if (mark == 0 || mark == std::string_view::npos)
      throw InputError(place, "this line is neither a [section] nor a key with = or : behind it");
    std::string key(stripped(content.substr(0, mark)));
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
    value = &((*section)[key] = {std::string(stripped(content.substr(mark + 1))), place});
  }
  for (auto& [name, keys] : sections_)
    for (auto& [key, found] : keys)
      found.text.erase(found.text.find_last_not_of(" \t\v\f\n") + 1);
}

const IniFile::Value* IniFile::find(const std::string& section, const std::string& key) const {
  for (const std::string& name : {section, std::string("DEFAULT")}) {
    const auto keys = sections_.find(name);
    if (keys == sections_.end()) continue;
    if (const auto found = keys->second.find(key); found != keys->second.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace conformance
