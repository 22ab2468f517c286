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
  /// mistake: `file:line:column: message`. Folders of two namespaces are one.
  explicit Fixtures(const std::vector<std::string>& folders);
  Fixtures(const Fixtures&) = delete;
  Fixtures& operator=(const Fixtures&) = delete;

  const std::vector<Case>& cases() const { return cases_; }

  /// The statements that cases may cite, in order and as they are written: objects of
  /// fixtures/README.md, "behaviours.json".
  const Json& statements() const { return statements_; }

  /// The namespace that the cases are about: `cache`, or what behaviours.json names.
  const std::string& name_space() const { return name_space_; }
  bool names_name_space() const { return named_; }

  /// Of all that was read: fixtures/README.md, "Results".
  std::string digest() const;

  /// The file of a place, below its folder of fixtures; any other as it is.
  std::string below_folder(const std::string& file) const;

 private:
  void read_behaviours(const Document& document);
  void read_name_space(const Node& behaviours);
  void read_suite(const Document& document);

  std::vector<std::string> folders_;
  std::string digested_;  ///< paths and bytes, as the digest has them
  std::map<std::string, Behaviour> behaviours_;
  Json statements_ = Json::array();
  std::string name_space_ = cache_namespace;
  bool named_ = false;          ///< a behaviours.json says so
  std::string name_space_file_;  ///< where that was read; empty if nowhere
  std::vector<Case> cases_;
  std::map<std::string, Place> ids_;
};

}  // namespace conformance
