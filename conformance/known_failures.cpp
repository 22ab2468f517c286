#include "known_failures.h"

#include <algorithm>
#include <charconv>

#include "case_reader.h"

namespace conformance {

namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t at = star; at <= text.size(); ++at)
    if (matches(pattern.substr(star + 1), text.substr(at))) return true;
  return false;
}

/// The number that so many digits are; nothing for anything else.
std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

std::chrono::sys_days read_day(const Node& node) {
  const std::string& text = node.string();
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const auto year = number(text.substr(0, 4)), month = number(text.substr(5, 2)),
               day = number(text.substr(8));
    if (year && month && day) {
      const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                             std::chrono::month(*month), std::chrono::day(*day)};
      if (date.ok()) return date;
    }
  }
  node.fail("expected a day as YYYY-MM-DD, found " + brief(node.json()));
}

KnownFailure read_entry(const Node& node, std::chrono::sys_days today) {
  node.allow_only({"ids", "reason", "link", "expires"});
  KnownFailure entry;
  entry.place = node.at("ids").place();
  entry.ids = node.at("ids").string();
  entry.reason = read_sentence(node.at("reason"));
  if (node.has("link")) entry.link = read_sentence(node.at("link"));
  if (node.has("expires")) {
    entry.expires = node.at("expires").string();
    entry.expired = today > read_day(node.at("expires"));
  }
  return entry;
}

}  // namespace

bool KnownFailure::covers(const std::string& id) const { return matches(ids, id); }

std::string KnownFailure::why() const { return link.empty() ? reason : reason + " (" + link + ")"; }

KnownFailures::KnownFailures(const std::string& path, std::chrono::sys_days today) {
  const Document document(path);
  const Node root = document.root();
  root.allow_only({"format", "known"});
  check_format(root);
  for (const Node& node : root.at("known").items()) entries_.push_back(read_entry(node, today));
}

void KnownFailures::check(const std::vector<const Case*>& cases) const {
  for (const KnownFailure& entry : entries_)
    if (std::none_of(cases.begin(), cases.end(),
                     [&](const Case* given) { return entry.covers(given->id); }))
      throw InputError(entry.place, "\"" + entry.ids + "\" is the id of no case for this target and spec");
  for (const Case* given : cases) {
    const KnownFailure* first = covering(*given);
    for (const KnownFailure& entry : entries_)
      if (entry.covers(given->id) && &entry != first)
        throw InputError(entry.place, "the case " + given->id + " is covered already, at " +
                                          first->place.str());
  }
}

const KnownFailure* KnownFailures::covering(const Case& given) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const KnownFailure& entry) {
    return entry.covers(given.id);
  });
  return found == entries_.end() ? nullptr : &*found;
}

}  // namespace conformance
