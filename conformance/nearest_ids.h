/// For an id that is not there, those that may have been meant.
#pragma once

#include <string>
#include <vector>

#include "case.h"

namespace conformance {

/// The three ids that take the fewest edits to come from `id`, by commas.
std::string nearest_ids(const std::vector<Case>& cases, const std::string& id);

}  // namespace conformance
