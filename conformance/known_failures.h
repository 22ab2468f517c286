/// The list of failures that are known: conformance/README.md has its format.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "case.h"

namespace conformance {

/// One entry of the list.
struct KnownFailure {
  Place place;      ///< of its `ids`
  std::string ids;  ///< an id, in which `*` stands for any characters
  std::string reason;
  std::string link;     ///< empty if there is none
  std::string expires;  ///< the last day on which it excuses, YYYY-MM-DD; empty if never
  bool expired = false;

  bool covers(const std::string& id) const;
  /// `the reason (the link)`.
  std::string why() const;
};

class KnownFailures {
 public:
  /// None.
  KnownFailures() = default;
  /// Reads a list. Throws InputError: `file:line:column: message`.
  KnownFailures(const std::string& path, std::chrono::sys_days today);

  /// Throws InputError for an entry that covers none of these cases, and for
  /// a case that two of them cover.
  void check(const std::vector<const Case*>& cases) const;

  /// The entry that covers this case, or null.
  const KnownFailure* covering(const Case& given) const;

  const std::vector<KnownFailure>& entries() const { return entries_; }

 private:
  std::vector<KnownFailure> entries_;
};

}  // namespace conformance
