/// Cases and the statements they cite, as read from a folder of fixtures.
/// The format is fixtures/README.md; a file that strays from it is refused.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "case.h"

namespace conformance {

/// All cases of some folders, in the order of their files' names.
class Fixtures {
 public:
  /// Reads every suite below these folders. Throws InputError for the first
  /// mistake: `file:line:column: message`.
  explicit Fixtures(const std::vector<std::string>& folders);
  Fixtures(const Fixtures&) = delete;
  Fixtures& operator=(const Fixtures&) = delete;

  const std::vector<Case>& cases() const { return cases_; }

 private:
  void read_behaviours(const std::string& path);
  void read_suite(const std::string& path);

  std::map<std::string, Behaviour> behaviours_;
  std::vector<Case> cases_;
  std::map<std::string, Place> ids_;
};

}  // namespace conformance
