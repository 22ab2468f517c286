#include "fixture.h"

#include <sha2.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "case_reader.h"

namespace conformance {

namespace fs = std::filesystem;

namespace {

constexpr const char* behaviours_name = "behaviours.json";

/// The paths of a folder's files, below it, in the order of their digest:
/// behaviours.json, if it is there, and the suites.
std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::end(entry); ++entry) {
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    if (entry->is_directory() && (name == "schema" || name == "matching"))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file() && entry->path().extension() == ".json")
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Fixtures::Fixtures(const std::vector<std::string>& folders) : folders_(folders) {
  for (const std::string& folder : folders) {
    if (!fs::is_directory(folder)) throw InputError({folder}, "there is no such folder");
    std::deque<Document> suites;
    for (const std::string& name : files_below(folder)) {
      const std::string path = (fs::path(folder) / name).string();
      const std::string text = read_file(path);
      digested_.append(name).append(1, '\0').append(text).append(1, '\0');
      if (name == behaviours_name)
        read_behaviours(Document(path, text));
      else
        suites.emplace_back(path, text);
    }
    if (suites.empty()) throw InputError({folder}, "there is no .json file with cases in it");
    for (const Document& suite : suites) read_suite(suite);
  }
}

std::string Fixtures::digest() const {
  char digits[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const std::uint8_t*>(digested_.data()), digested_.size(), digits);
  return std::string("sha256:") + digits;
}

std::string Fixtures::below_folder(const std::string& file) const {
  for (const std::string& folder : folders_) {
    const fs::path below = fs::path(file).lexically_relative(folder);
    if (!below.empty() && *below.begin() != "..") return below.generic_string();
  }
  return file;
}

void Fixtures::read_behaviours(const Document& document) {
  const Node root = document.root();
  root.allow_only({"format", "namespace", "behaviours"});
  check_format(root);
  read_name_space(root);
  for (const Node& node : root.at("behaviours").items()) {
    Behaviour behaviour = read_behaviour(node);
    if (behaviours_.contains(behaviour.id))
      node.at("id").fail("the id \"" + behaviour.id + "\" is used twice");
    behaviours_.emplace(behaviour.id, std::move(behaviour));
    statements_.push_back(node.json());
  }
}

void Fixtures::read_name_space(const Node& behaviours) {
  const bool named = behaviours.has("namespace");
  const Node& at = named ? behaviours.at("namespace") : behaviours;
  const std::string name = named ? read_namespace(at) : cache_namespace;
  if (!name_space_file_.empty() && name != name_space_)
    at.fail("the namespace is \"" + name + (named ? "\"" : "\", as none is named") + ", and that of " +
            name_space_file_ + " is \"" + name_space_ + "\": the cases of a run share one");
  name_space_ = name;
  named_ = named_ || named;
  name_space_file_ = at.place().file;
}

void Fixtures::read_suite(const Document& document) {
  const Node root = document.root();
  root.allow_only({"format", "suite", "title", "cases"});
  check_format(root);
  read_sentence(root.at("suite"));
  read_sentence(root.at("title"));
  for (const Node& node : root.at("cases").items()) {
    Case found = read_case(node, behaviours_);
    found.suite = root.at("suite").string();
    const auto [earlier, is_new] = ids_.emplace(found.id, node.at("id").place());
    if (!is_new)
      node.at("id").fail("the id \"" + found.id + "\" is used twice; first at " +
                         earlier->second.str());
    cases_.push_back(std::move(found));
  }
}

}  // namespace conformance
