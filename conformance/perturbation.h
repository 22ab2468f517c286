/// Small changes to a value that a target has sent: what a wrong one might have
/// sent in its place. doubt.h says what for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notation.h"

namespace conformance {

/// A value like another but for one change.
struct Perturbed {
  std::string change;  ///< `text: emptied`: what is changed, and how
  Json value;
  std::optional<std::size_t> child;  ///< the item or member that the change is about
};

/// Changes of the value itself, of which none leaves it what it was: another
/// type, another value of the same type, an item or member dropped, added,
/// doubled or elsewhere. What is in its items and members stays as it is.
/// `strange` are values that may take its place, say another key's; `names`
/// make a key that only this case could have. Expanded notation.
std::vector<Perturbed> perturb(const Json& value, const std::vector<Json>& strange,
                               const Names& names);

/// Which of so many items or members are changed: all of a few, otherwise the
/// first, one in the middle and the last.
std::vector<std::size_t> sampled(std::size_t size);

}  // namespace conformance
