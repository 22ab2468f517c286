/// What each part of a reply is judged by: the grounds of irrelevance.h.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "irrelevance.h"
#include "notation.h"

namespace conformance {

/// A `$$oneOf` around a part, and the alternative that matched.
struct Choice {
  const Json* alternatives;
  std::size_t taken;
  const Json* value;  ///< what was matched
};

/// How a part is judged: on which grounds, and against what.
struct Standing {
  std::vector<std::string_view> grounds;
  const Json* expected = nullptr;  ///< null where nothing below is looked at on its own
  std::vector<Choice> choices;
};

/// A part of a value, from the value itself downwards.
struct Part {
  Json* value;
  std::string path;  ///< as in Difference
  Standing standing;
  std::vector<Standing> children;  ///< of its items or members; none where all is irrelevant
};

/// Finds the parts of a value that matches what was expected of it.
class Parts {
 public:
  explicit Parts(const Names& names) : names_(names) {}

  /// `expected` and `value` have to stay where they are; changing the value of a
  /// part and putting it back leaves the others valid. No more than a number of
  /// parts that spread over all; the value itself is always one.
  std::vector<Part> of(const Json& expected, Json& value);
  /// The same where all of it is judged on one ground.
  std::vector<Part> on(std::string_view ground, Json& value);

 private:
  Standing stand(const Json& expected, const Json& value, std::vector<Choice> choices);
  Standing stand_below(const Standing& above, const Json& value, std::size_t i, const std::string& name,
                       const Json& child);
  Standing stand_among(const Standing& above, const Json& value, std::size_t i);
  void collect(Json& value, const std::string& path, Standing standing, std::vector<Part>& parts);
  std::vector<Part> spread(Json& value, Standing standing);

  const Names& names_;
  std::deque<Json> made_;  ///< expectations that stand in no file
};

}  // namespace conformance
