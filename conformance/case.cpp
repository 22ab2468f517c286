#include "case.h"

namespace conformance {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::observed: return "observed";
    case Level::should: return "should";
    case Level::must: return "must";
  }
  return "";
}

std::string_view name_of(Need need) {
  switch (need) {
    case Need::exclusive: return "exclusive";
    case Need::restart: return "restart";
    case Need::heavy: return "heavy";
    case Need::hostile: return "hostile";
    case Need::slow: return "slow";
  }
  return "";
}

std::optional<Need> need_named(std::string_view word) {
  for (const Need need : all_needs)
    if (name_of(need) == word) return need;
  return {};
}

std::string known_needs() {
  std::string names;
  for (const Need need : all_needs) names.append(names.empty() ? "" : ", ").append(name_of(need));
  return names;
}

}  // namespace conformance
