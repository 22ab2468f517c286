#include "fixture.h"

#include <algorithm>
#include <filesystem>

#include "case_reader.h"

namespace conformance {

namespace fs = std::filesystem;

namespace {

/// The suites below a folder, in the order of their names.
std::vector<std::string> suite_files(const fs::path& folder) {
  std::vector<std::string> files;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::end(entry); ++entry) {
    const fs::path& path = entry->path();
    if (entry->is_directory() && (path.filename() == "schema" || path.filename() == "matching"))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file() && path.extension() == ".json" &&
             path != folder / "behaviours.json")
      files.push_back(path.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void check_format(const Node& root) {
  if (root.at("format").string() != "1.0")
    root.at("format").fail("format \"" + root.at("format").string() +
                           "\" is not known here; this program reads \"1.0\"");
}

}  // namespace

Fixtures::Fixtures(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (!fs::is_directory(folder)) throw InputError({folder, 1, 1}, "there is no such folder");
    if (const auto behaviours = fs::path(folder) / "behaviours.json"; fs::exists(behaviours))
      read_behaviours(behaviours.string());
    const auto files = suite_files(folder);
    if (files.empty()) throw InputError({folder, 1, 1}, "there is no .json file with cases in it");
    for (const std::string& file : files) read_suite(file);
  }
}

void Fixtures::read_behaviours(const std::string& path) {
  const Document document(path);
  const Node root = document.root();
  root.allow_only({"format", "behaviours"});
  check_format(root);
  for (const Node& node : root.at("behaviours").items()) {
    Behaviour behaviour = read_behaviour(node);
    if (behaviours_.contains(behaviour.id))
      node.at("id").fail("the id \"" + behaviour.id + "\" is used twice");
    behaviours_.emplace(behaviour.id, std::move(behaviour));
  }
}

void Fixtures::read_suite(const std::string& path) {
  const Document document(path);
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
