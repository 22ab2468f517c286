#include <fnmatch.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;
using Keys = std::vector<Text>;

/// What delete does with a good key, in place of what it did.
Variant delete_does(std::function<Value(Cache&, const Text& key)> instead) {
  return with_method("cache.delete", [=](Service& service, const Params& params,
                                         const Handler& original) {
    const auto* key = std::get_if<Text>(&params[0]);
    return key && !key->empty() ? instead(service.cache(), *key) : original(params);
  });
}

/// What clear does, in place of what it did.
Variant clear_does(std::function<Value(Cache&)> instead) {
  return with_method("cache.clear", [=](Service& service, const Params&, const Handler&) {
    return instead(service.cache());
  });
}

/// The items that `goes` names go as well.
Variant delete_takes(bool (*goes)(const Text& key, const Value& value, const Text& deleted,
                                  const Value& of_deleted)) {
  return delete_does([goes](Cache& cache, const Text& key) {
    const auto item = cache.items().find(key);
    const Value old = item == cache.items().end() ? Value() : item->second;
    Keys gone{key};
    for (const auto& [other, value] : cache.items()) {
      if (goes(other, value, key, old)) gone.push_back(other);
    }
    for (const Text& other : gone) cache.erase(other);
    return true;
  });
}

/// What clear leaves.
Variant clear_leaves(bool (*stays)(const Text& key, const Value& value)) {
  return clear_does([stays](Cache& cache) {
    Keys gone;
    for (const auto& [key, value] : cache.items()) {
      if (!stays(key, value)) gone.push_back(key);
    }
    for (const Text& key : gone) cache.erase(key);
    return true;
  });
}

/// What is fetched although it is not there: the last value that was stored, for as long
/// as `method` does not forget it.
Variant fetched_after(std::string_view removing, bool only_if_fetched) {
  const auto memory = std::make_shared<std::map<Text, Value>>();
  const auto store = [=](Service&, const Params& params, const Handler& original) {
    const Value result = original(params);
    if (!only_if_fetched) (*memory)[std::get<Text>(params[0])] = params[1];
    return result;
  };
  const auto fetch = [=](Service& service, const Params& params, const Handler& original) {
    const auto* key = std::get_if<Text>(&params[0]);
    if (key && memory->contains(*key) && !service.cache().items().contains(*key)) {
      return memory->at(*key);
    }
    const Value value = original(params);
    if (only_if_fetched) (*memory)[*key] = value;
    return value;
  };
  const auto forget = [=](Service&, const Params& params, const Handler& original) {
    memory->clear();
    return original(params);
  };
  const auto other = removing == "cache.clear" ? "cache.delete" : "cache.clear";
  return both(both(with_method("cache.store", store), with_method("cache.fetch", fetch)),
              with_method(other, forget));
}

bool equal_without_case(const Text& one, const Text& other) {
  return one.size() == other.size() &&
         std::equal(one.begin(), one.end(), other.begin(),
                    [](char a, char b) { return std::tolower(a) == std::tolower(b); });
}

}  // namespace

std::vector<Mutant> removal_mutants() {
  return {
      {"delete-answers-value", "delete", "1.0 1.1", "answers the old value",
       [] {
         return delete_does([](Cache& cache, const Text& key) -> Value {
           const auto item = cache.items().find(key);
           if (item == cache.items().end()) return true;
           const Value old = item->second;
           cache.erase(key);
           return old;
         });
       }},
      {"delete-answers-count", "delete", "1.0 1.1", "answers how many keys it deleted",
       [] {
         return delete_does([](Cache& cache, const Text& key) -> Value {
           if (!cache.items().contains(key)) return true;
           cache.erase(key);
           return std::int64_t{1};
         });
       }},
      {"delete-leaves-empty", "delete", "1.0 1.1",
       "puts the empty string in the value's place",
       [] {
         return delete_does([](Cache& cache, const Text& key) {
           if (cache.items().contains(key)) cache.store(key, "");
           return true;
         });
       }},
      {"delete-only-once", "delete", "1.0 1.1",
       "does not delete a key that it deleted before",
       [] {
         const auto deleted = std::make_shared<std::set<Text>>();
         return delete_does([=](Cache& cache, const Text& key) {
           if (cache.items().contains(key) && deleted->insert(key).second) cache.erase(key);
           return true;
         });
       }},
      {"delete-not-the-empty", "delete", "1.0 1.1",
       "does not delete an empty value, false to it",
       [] {
         return delete_does([](Cache& cache, const Text& key) {
           const auto item = cache.items().find(key);
           if (item != cache.items().end() && item->second != Value("")) cache.erase(key);
           return true;
         });
       }},
      {"delete-not-the-last", "delete", "1.0 1.1",
       "leaves the last key where two are left",
       [] {
         const auto had = std::make_shared<std::size_t>();
         return delete_does([=](Cache& cache, const Text& key) {
           if (cache.items().size() == 1 && *had == 2) return true;
           *had = cache.items().size();
           cache.erase(key);
           return true;
         });
       }},
      {"delete-unlists", "delete", "1.0 1.1",
       "takes a key off the list, and keeps its value",
       [] { return fetched_after("cache.delete", false); }},
      {"delete-not-the-fetched", "delete", "1.0 1.1",
       "remembers what was fetched before it was deleted",
       [] { return fetched_after("cache.delete", true); }},
      {"delete-brings-back", "delete", "1.0 1.1",
       "brings back what the deleted value had overwritten",
       [] {
         const auto older = std::make_shared<std::map<Text, Value>>();
         const auto store = [=](Service& service, const Params& params, const Handler& original) {
           const Cache::Items before = service.cache().items();
           const Value result = original(params);
           const auto& key = std::get<Text>(params[0]);
           if (before.contains(key)) (*older)[key] = before.at(key);
           return result;
         };
         return both(with_method("cache.store", store),
                     delete_does([=](Cache& cache, const Text& key) {
                       cache.erase(key);
                       if (const auto old = older->extract(key)) cache.store(key, old.mapped());
                       return true;
                     }));
       }},
      {"delete-by-beginning", "delete-others-stay", "1.0 1.1",
       "deletes all that the key begins",
       [] {
         return delete_takes([](auto& key, auto&, auto& deleted, auto&) {
           return key.starts_with(deleted);
         });
       }},
      {"delete-below", "delete-others-stay", "1.0 1.1",
       "deletes what is below the key, behind a dot or slash",
       [] {
         return delete_takes([](auto& key, auto&, auto& deleted, auto&) {
           return key.starts_with(deleted + ".") || key.starts_with(deleted + "/");
         });
       }},
      {"delete-by-end", "delete-others-stay", "1.0 1.1",
       "deletes the keys that the key begins with",
       [] {
         return delete_takes([](auto& key, auto&, auto& deleted, auto&) {
           return deleted.starts_with(key);
         });
       }},
      {"delete-without-case", "delete-others-stay", "1.0 1.1",
       "deletes keys in another case, too",
       [] {
         return delete_takes([](auto& key, auto&, auto& deleted, auto&) {
           return equal_without_case(key, deleted);
         });
       }},
      {"delete-by-pattern", "delete-others-stay", "1.0 1.1",
       "deletes what a pattern matches",
       [] {
         return delete_takes([](auto& key, auto&, auto& deleted, auto&) {
           return ::fnmatch(deleted.c_str(), key.c_str(), 0) == 0;
         });
       }},
      {"delete-by-like", "delete-others-stay", "1.0 1.1",
       "deletes by LIKE, where _ is any character",
       [] {
         return delete_takes([](auto& key, auto&, auto& deleted, auto&) {
           return key.size() == deleted.size() &&
                  std::equal(key.begin(), key.end(), deleted.begin(),
                             [](char a, char b) { return a == b || b == '_'; });
         });
       }},
      {"delete-equal-values", "delete-others-stay", "1.0 1.1",
       "keeps equal values once, and deletes them once",
       [] {
         return delete_takes([](auto&, auto& value, auto&, auto& old) { return value == old; });
       }},
      {"delete-value-is-key", "delete-others-stay", "1.0 1.1",
       "deletes where the value is the key's text",
       [] {
         return delete_takes([](auto&, auto& value, auto& deleted, auto&) {
           return value == Value(deleted);
         });
       }},
      {"delete-fills-the-gap", "delete-others-stay", "1.0 1.1",
       "puts the last item's value in a gap",
       [] {
         return delete_does([](Cache& cache, const Text& key) {
           cache.erase(key);
           const auto next = cache.items().upper_bound(key);
           if (next != cache.items().end() && cache.items().size() > 2) {
             cache.store(Text(next->first), Value(cache.items().rbegin()->second));
           }
           return true;
         });
       }},
      {"clear-leaves-one", "clear", "1.0 1.1", "leaves the last of several keys",
       [] {
         return clear_does([](Cache& cache) {
           while (cache.items().size() > 1) cache.erase(Text(cache.items().begin()->first));
           return true;
         });
       }},
      {"clear-unlists", "clear", "1.0 1.1", "forgets the keys, and keeps their values",
       [] { return fetched_after("cache.clear", false); }},
      {"clear-not-the-fetched", "clear", "1.0 1.1",
       "remembers what was fetched before it was cleared",
       [] { return fetched_after("cache.clear", true); }},
      {"clear-a-hundred", "clear", "1.0 1.1", "clears the first hundred keys",
       [] {
         return clear_does([](Cache& cache) {
           for (int i = 0; i < 100 && !cache.items().empty(); ++i) {
             cache.erase(Text(cache.items().begin()->first));
           }
           return true;
         });
       }},
      {"clear-hidden-stay", "clear", "1.0 1.1", "leaves keys that begin with a full stop",
       [] { return clear_leaves([](auto& key, auto&) { return key.starts_with('.'); }); }},
      {"clear-ascii", "clear", "1.0 1.1", "leaves keys that begin beyond ASCII",
       [] { return clear_leaves([](auto& key, auto&) { return (key[0] & 0x80) != 0; }); }},
      {"clear-not-the-empty", "clear", "1.0 1.1", "leaves what has an empty value",
       [] { return clear_leaves([](auto&, auto& value) { return value == Value(""); }); }},
      {"clear-answers-count", "clear", "1.0 1.1", "answers how many keys it cleared",
       [] {
         return clear_does([](Cache& cache) {
           const auto count = static_cast<std::int64_t>(cache.items().size());
           cache.clear();
           return count;
         });
       }},
      {"clear-empty-is-false", "clear", "1.0 1.1",
       "answers false if there was nothing to clear",
       [] {
         return clear_does([](Cache& cache) {
           const bool was_empty = cache.items().empty();
           cache.clear();
           return !was_empty;
         });
       }},
  };
}

}  // namespace cache_server
