#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;

/// fetch of a string that is no key answers with the item that `is_found` names first.
Variant finds(bool (*is_found)(const Text& key, const Value& value, const Text& sought)) {
  return with_method("cache.fetch", [is_found](Service& service, const Params& params,
                                               const Handler& original) {
    const auto* sought = std::get_if<Text>(&params[0]);
    const auto& items = service.cache().items();
    if (sought && !sought->empty() && !items.contains(*sought)) {
      for (const auto& [key, value] : items) {
        if (is_found(key, value, *sought)) return value;
      }
    }
    return original(params);
  });
}

/// What was fetched, or not found, is remembered; `forgetting` forgets that of its key.
Variant remembers(bool missing, bool found, std::string_view forgetting) {
  const auto values = std::make_shared<std::map<Text, Value>>();
  const auto absent = std::make_shared<std::set<Text>>();
  const auto fetch = [=](Service&, const Params& params, const Handler& original) {
    const auto* key = std::get_if<Text>(&params[0]);
    if (key && values->contains(*key)) return values->at(*key);
    if (key && absent->contains(*key)) throw Fault(FaultCode::BAD_NAME);
    try {
      const Value value = original(params);
      if (found) (*values)[*key] = value;
      return value;
    } catch (const Fault&) {
      if (missing && key && !key->empty()) absent->insert(*key);
      throw;
    }
  };
  const auto forget = [=](Service&, const Params& params, const Handler& original) {
    if (const auto* key = std::get_if<Text>(&params[0])) {
      values->erase(*key);
      absent->erase(*key);
    }
    return original(params);
  };
  return both(with_method("cache.fetch", fetch), with_method(forgetting, forget));
}

}  // namespace

std::vector<Mutant> fetch_mutants() {
  return {
      {"fetch-without-case", "fetch", "1.0 1.1", "finds a key in another case",
       [] {
         return finds([](auto& key, auto&, auto& sought) {
           return std::equal(key.begin(), key.end(), sought.begin(), sought.end(),
                             [](char a, char b) { return std::tolower(a) == std::tolower(b); });
         });
       }},
      {"fetch-by-beginning", "fetch", "1.0 1.1", "finds a key that begins with what is sought",
       [] {
         return finds([](auto& key, auto&, auto& sought) { return key.starts_with(sought); });
       }},
      {"fetch-shortened", "fetch", "1.0 1.1", "finds the key that what is sought begins with",
       [] {
         return finds([](auto& key, auto&, auto& sought) {
           return key.size() > 250 && sought.starts_with(key.substr(0, 250));
         });
       }},
      {"fetch-by-value", "fetch", "1.0 1.1", "finds a value for a key",
       [] {
         return finds([](auto&, auto& value, auto& sought) { return value == Value(sought); });
       }},
      {"fetch-follows", "fetch", "1.0 1.1", "takes a value that is a key for a reference",
       [] {
         return with_method("cache.fetch", [](Service& service, const Params& params,
                                              const Handler& original) {
           const Value value = original(params);
           const auto* text = std::get_if<Text>(&value);
           const auto& items = service.cache().items();
           return text && items.contains(*text) ? items.at(*text) : value;
         });
       }},
      {"fetch-stale", "fetch", "1.0 1.1", "remembers a value that is overwritten",
       [] { return remembers(false, true, "cache.delete"); }},
      {"fetch-still-missing", "fetch", "1.0 1.1", "remembers that a key was not there",
       [] { return remembers(true, false, "cache.delete"); }},
      {"fetch-deleted", "delete", "1.0 1.1", "remembers a value that is deleted",
       [] { return remembers(false, true, "cache.store"); }},
  };
}

}  // namespace cache_server
