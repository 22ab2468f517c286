/// Which changes of a reply do not matter to what is expected of it: the other half
/// of what a matcher demands.
#pragma once

#include <string_view>
#include <vector>

namespace conformance {

/// Changes that a verdict may outlive. What is not listed has to turn it.
struct Irrelevance {
  std::string_view ground;  ///< a matcher or a key of an expectation, and what of it
  std::vector<std::string_view> changes;  ///< by name; `text: *` is all that begin like this
  std::string_view reason;
  std::string_view shown_by;  ///< a judgement of fixtures/matching/ that holds all the same
  /// The matcher tells them apart: at every place one at least has to turn the verdict.
  bool some = false;
};

/// The whole list, and the only one.
const std::vector<Irrelevance>& irrelevances();

/// Whether a change is one of these.
bool is_any_of(std::string_view change, const std::vector<std::string_view>& patterns);

/// The entry that declares a change irrelevant on one of these grounds; none if
/// it has to turn the verdict.
const Irrelevance* irrelevance_of(const std::vector<std::string_view>& grounds,
                                  std::string_view change);

}  // namespace conformance
