/// The notation of values: fixtures/README.md, "Values" and "Expectations".
///
/// JSON's own types stand for XML-RPC's; `{"$double": "1.5"}` and its like
/// for what JSON cannot write; `{"$$own": […]}` and its like, in expectations
/// only, for more than one value. Answers are turned into the same notation,
/// so requests, expectations, answers and reports all speak it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "located_json.h"

namespace conformance {

/// What makes this run's keys its own. Drawn once for each run.
struct RunId {
  std::uint32_t number = 0;

  static RunId draw();
  /// `kit-` and eight hexadecimal digits.
  std::string prefix() const;
  /// 1,500,000,000 to 2,147,483,647: an int that nobody would have as a key.
  int improbable_int() const;
};

/// What `$key` and its like stand for in one case of one run.
struct Names {
  RunId run;
  std::string case_id;

  /// Every key of the case begins with this: `PREFIX.ID.`
  std::string own_prefix() const { return run.prefix() + "." + case_id + "."; }
  std::string key(std::string_view name) const { return own_prefix() + std::string(name); }
};

enum class Matchers { forbidden, allowed };

/// Throws InputError at the first thing in `value` that the notation does not
/// know.
void check_notation(const Node& value, Matchers matchers);

/// A value as it is sent, or as an answer is written: `$key`, `$concat`,
/// `$repeat` and `$hex` become strings, `$improbable` an int or `$double`.
/// Matchers stay, with what they hold expanded. `written` must have passed
/// check_notation.
Json expand(const Json& written, const Names& names);

/// The name of a value's XML-RPC type: `int`, `i8`, `boolean`, `string`,
/// `double`, `dateTime`, `base64`, `nil`, `array` or `struct`.
std::string_view type_of(const Json& expanded);

/// The members of a struct, in order.
using Members = std::vector<std::pair<std::string, Json>>;

/// The members of a struct, whichever way it is written.
Members members_of(const Json& expanded);
/// The struct with these: an object or, where that cannot hold them, a `$struct`.
Json struct_of(Members members);

/// The word behind `$` or `$$` if `value` is such an object, with `$`s;
/// otherwise empty.
std::string_view dollar_word(const Json& value);

/// Every word that the notation knows, with its `$`s.
std::vector<std::string_view> known_words();

/// The number that the text of a `$double` stands for. False if it is none.
bool read_double(const std::string& text, double& number);

/// Whether `text` is base64 without white space.
bool is_base64(std::string_view text);

}  // namespace conformance
