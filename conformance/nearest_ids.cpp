#include "nearest_ids.h"

#include <algorithm>
#include <map>

namespace conformance {

namespace {

/// What it takes to come from one word to the other. A part of an id is near
/// to it: a letter that was left out costs less than a wrong one.
std::size_t edits(const std::string& from, const std::string& to) {
  constexpr std::size_t wrong = 3;
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
  for (const char letter : from) {
    std::size_t diagonal = row[0];
    row[0] += wrong;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = diagonal + (letter == to[j - 1] ? 0 : wrong);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + wrong, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_ids(const std::vector<Case>& cases, const std::string& id) {
  constexpr std::size_t most = 3;
  std::multimap<std::size_t, std::string> by_edits;
  for (const Case& given : cases) by_edits.emplace(edits(id, given.id), given.id);
  std::string text;
  std::size_t named = 0;
  for (const auto& [number, name] : by_edits) {
    if (named++ == most) break;
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

}  // namespace conformance
