#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "edit.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;
using Keys = std::vector<Text>;
using Clock = std::chrono::steady_clock;

/// What store does with a good key, in place of what it did; `older` is null if there is none.
Variant store_does(
    std::function<Value(Cache&, const Text& key, const Value* older, const Value& value)> instead) {
  return with_method("cache.store", [=](Service& service, const Params& params,
                                        const Handler& original) {
    const Value allowed = Value(std::get_if<Text>(&params[0]) ? params[0] : Value(""));
    const Text& key = std::get<Text>(allowed);
    const auto item = service.cache().items().find(key);
    const bool is_new = item == service.cache().items().end();
    const Value older = is_new ? Value() : item->second;
    const Value result = original(params);  // refuses what has to be refused
    return key.empty() ? result
                       : instead(service.cache(), key, is_new ? nullptr : &older, params[1]);
  });
}

/// What comes after a store that was not refused.
Variant after_store(std::function<void(Cache&, const Text& key)> then) {
  return store_does([then](Cache& cache, const Text& key, const Value*, const Value&) {
    then(cache, key);
    return true;
  });
}

/// Before each call of a method, with its key if it has one.
Variant before(std::string_view method, std::function<void(Cache&, const Text& key)> first) {
  return with_method(method, [=](Service& service, const Params& params,
                                 const Handler& original) {
    const auto* key = params.empty() ? nullptr : std::get_if<Text>(&params[0]);
    first(service.cache(), key == nullptr ? "" : *key);
    return original(params);
  });
}

void keep_older(Cache& cache, const Text& key, const Value* older) {
  if (older == nullptr) {
    cache.erase(key);
  } else {
    cache.store(key, *older);
  }
}

const Text* text(const Value* value) {
  return value == nullptr ? nullptr : std::get_if<Text>(value);
}

/// The oldest items go when there are more than `most`, or more than so many bytes.
Variant evicts(std::size_t most, std::size_t bytes) {
  const auto order = std::make_shared<Keys>();
  return after_store([=](Cache& cache, const Text& key) {
    std::erase(*order, key);
    order->push_back(key);
    while (!order->empty() && (cache.items().size() > most || cache.bytes() > bytes)) {
      cache.erase(order->front());
      order->erase(order->begin());
    }
  });
}

/// Items go when they are older than a time; where `fetched_stay`, only from their last fetch.
Variant expires(std::chrono::milliseconds after, bool fetched_stay) {
  const auto times = std::make_shared<std::map<Text, Clock::time_point>>();
  const auto stored = after_store([=](Cache&, const Text& key) { (*times)[key] = Clock::now(); });
  const auto drop = [=](Cache& cache, const Text&) {
    for (const auto& [key, time] : *times) {
      if (Clock::now() - time > after) cache.erase(key);
    }
  };
  const auto fetched = before("cache.fetch", [=](Cache& cache, const Text& key) {
    drop(cache, key);
    if (fetched_stay) (*times)[key] = Clock::now();
  });
  return both(both(stored, fetched), before("cache.getKeys", drop));
}

}  // namespace

std::vector<Mutant> store_mutants() {
  return {
      // What store does.
      {"store-first-wins", "store", "1.0 1.1", "keeps the older value",
       [] {
         return store_does([](Cache& cache, const Text& key, const Value* older, const Value&) {
           if (older != nullptr) keep_older(cache, key, older);
           return true;
         });
       }},
      {"store-appends", "store", "1.0 1.1", "appends to an older value of one letter",
       [] {
         return store_does([](Cache& cache, const Text& key, const Value* older,
                              const Value& value) {
           if (text(older) && text(older)->size() == 1 && text(&value)) {
             cache.store(key, *text(older) + *text(&value));
           }
           return true;
         });
       }},
      {"store-leaves-tail", "store", "1.0 1.1",
       "writes over an older value, and leaves its tail",
       [] {
         return store_does([](Cache& cache, const Text& key, const Value* older,
                              const Value& value) {
           const auto* now = text(&value);
           if (text(older) && now && now->size() < text(older)->size()) {
             cache.store(key, *now + text(older)->substr(now->size()));
           }
           return true;
         });
       }},
      {"store-same-length-kept", "store", "1.0 1.1",
       "does not write what is as long as before",
       [] {
         return store_does([](Cache& cache, const Text& key, const Value* older,
                              const Value& value) {
           if (text(older) && text(&value) && text(older)->size() == text(&value)->size()) {
             keep_older(cache, key, older);
           }
           return true;
         });
       }},
      {"store-same-letters-kept", "store", "1.0 1.1",
       "compares without case before it writes",
       [] {
         return store_does([](Cache& cache, const Text& key, const Value* older,
                              const Value& value) {
           const auto* now = text(&value);
           if (text(older) && now &&
               std::equal(now->begin(), now->end(), text(older)->begin(), text(older)->end(),
                          [](char a, char b) { return std::tolower(a) == std::tolower(b); })) {
             keep_older(cache, key, older);
           }
           return true;
         });
       }},
      {"store-older-ignored", "store", "1.0 1.1",
       "ignores a value that the key has had before",
       [] {
         const auto had = std::make_shared<std::map<Text, std::set<Text>>>();
         return store_does([=](Cache& cache, const Text& key, const Value* older,
                               const Value& value) {
           if (older == nullptr) (*had)[key].clear();
           if (text(older)) (*had)[key].insert(*text(older));
           if (text(&value) && (*had)[key].contains(*text(&value))) keep_older(cache, key, older);
           return true;
         });
       }},
      {"store-answers-one", "store", "1.0 1.1", "answers 1 when a value is overwritten",
       [] {
         return store_does([](Cache&, const Text&, const Value* older, const Value&) {
           return older == nullptr ? Value(true) : Value(std::int64_t{1});
         });
       }},
      {"store-answers-changed", "store", "1.0 1.1",
       "answers false if the value is the older one",
       [] {
         return store_does([](Cache&, const Text&, const Value* older, const Value& value) {
           return older == nullptr || *older != value;
         });
       }},
      {"store-answers-value", "store", "1.0 1.1",
       "answers the key when that is the value",
       [] {
         return store_does([](Cache&, const Text& key, const Value*, const Value& value) {
           return value == Value(key) ? value : Value(true);
         });
       }},
      {"store-not-again", "store-fetch-list", "1.0 1.1",
       "stores nothing under a key that was deleted",
       [] {
         const auto deleted = std::make_shared<std::set<Text>>();
         return both(store_does([=](Cache& cache, const Text& key, const Value*, const Value&) {
                       if (deleted->contains(key)) cache.erase(key);
                       return true;
                     }),
                     before("cache.delete", [=](Cache& cache, const Text& key) {
                       if (cache.items().contains(key)) deleted->insert(key);
                     }));
       }},
      {"store-lost-after-fault", "store-fetch-list", "1.0 1.1",
       "loses the value after one it refused",
       [] {
         const auto refused = std::make_shared<bool>(false);
         return both(before("cache.store", [=](Cache&, const Text& key) { *refused |= key.empty(); }),
                     after_store([=](Cache& cache, const Text& key) {
                       if (std::exchange(*refused, false)) cache.erase(key);
                     }));
       }},
      // What becomes of the others.
      {"evicts-the-257th", "kept-until-deleted", "1.0 1.1", "keeps the newest 256 items",
       [] { return evicts(256, std::size_t{1} << 40); }},
      {"evicts-the-tenth", "kept-until-deleted", "1.0 1.1", "keeps the newest ten items",
       [] { return evicts(10, std::size_t{1} << 40); }},
      {"evicts-by-size", "kept-until-deleted", "1.0 1.1", "keeps the newest 2 MiB",
       [] { return evicts(std::size_t{1} << 40, std::size_t{2} << 20); }},
      {"expires", "kept-until-deleted", "1.0 1.1", "forgets what was stored a second ago",
       [] { return expires(std::chrono::seconds(1), false); }},
      {"expires-unless-fetched", "kept-until-deleted", "1.0 1.1",
       "forgets what was not fetched for 2 s",
       [] { return expires(std::chrono::seconds(2), true); }},
      {"fetched-thrice", "kept-until-deleted", "1.0 1.1",
       "forgets what was fetched three times",
       [] {
         const auto times = std::make_shared<std::map<Text, int>>();
         return both(before("cache.fetch", [=](Cache& cache, const Text& key) {
                       if (++(*times)[key] > 3) cache.erase(key);
                     }),
                     after_store([=](Cache&, const Text& key) { times->erase(key); }));
       }},
      {"fetch-missing-evicts", "kept-until-deleted", "1.0 1.1",
       "makes room when a key is not found",
       [] {
         return before("cache.fetch", [](Cache& cache, const Text& key) {
           if (!cache.items().empty() && !cache.items().contains(key)) {
             cache.erase(Text(cache.items().begin()->first));
           }
         });
       }},
      {"refused-loses-last", "kept-until-deleted", "1.0 1.1",
       "rolls back one too many after a fault",
       [] {
         const auto last = std::make_shared<Text>();
         return both(before("cache.store", [=](Cache& cache, const Text& key) {
                       if (key.empty()) cache.erase(*last);
                     }),
                     after_store([=](Cache&, const Text& key) { *last = key; }));
       }},
      {"overwrite-loses-longer", "kept-until-deleted", "1.0 1.1",
       "overwrites what a key begins, too",
       [] {
         return store_does([](Cache& cache, const Text& key, const Value* older, const Value&) {
           Keys longer;
           for (const auto& item : cache.items()) {
             if (older && item.first.size() > key.size() && item.first.starts_with(key)) {
               longer.push_back(item.first);
             }
           }
           for (const Text& other : longer) cache.erase(other);
           return true;
         });
       }},
      {"values-shared", "kept-until-deleted", "1.0 1.1",
       "overwrites an equal value under other keys, too",
       [] {
         return store_does([](Cache& cache, const Text&, const Value* older, const Value& value) {
           Keys equal;
           for (const auto& item : cache.items()) {
             if (older && item.second == *older) equal.push_back(item.first);
           }
           for (const Text& other : equal) cache.store(other, value);
           return true;
         });
       }},
  };
}

}  // namespace cache_server
