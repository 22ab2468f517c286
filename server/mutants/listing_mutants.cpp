#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;

/// getKeys answers with what is made of the keys, in their order.
Variant with_keys(std::function<Value(Array keys)> edit) {
  return with_method("cache.getKeys", [edit](Service&, const Params& params,
                                             const Handler& original) {
    Value keys = original(params);
    return edit(std::move(std::get<Array>(keys)));
  });
}

/// getKeys leaves out the keys that `is_hidden` names.
Variant without(bool (*is_hidden)(const Text& key, const Value& value)) {
  return with_method("cache.getKeys", [is_hidden](Service& service, const Params&,
                                                  const Handler&) -> Value {
    Array keys;
    for (const auto& [key, value] : service.cache().items()) {
      if (!is_hidden(key, value)) keys.emplace_back(key);
    }
    return keys;
  });
}

/// getCount answers with what is made of its answer.
Variant with_count(std::function<Value(std::int64_t count)> edit) {
  return with_method("cache.getCount", [edit](Service&, const Params& params,
                                              const Handler& original) {
    return edit(std::get<std::int64_t>(original(params)));
  });
}

/// getCount counts the items that `counts` names.
Variant counting(bool (*counts)(const Text& key, const Value& value)) {
  return with_method("cache.getCount", [counts](Service& service, const Params&,
                                                const Handler&) -> Value {
    std::int64_t count = 0;
    for (const auto& [key, value] : service.cache().items()) count += counts(key, value);
    return count;
  });
}

/// getCount answers with a counter. It goes up where store has been called, or only where
/// that was a new key, and down by one where delete has been, or only where there was one.
Variant counter(bool every_store, bool every_delete) {
  const auto count = std::make_shared<std::int64_t>();
  const auto follow = [=](bool always, int by) {
    return [=](Service& service, const Params& params, const Handler& original) {
      const auto before = service.cache().items().size();
      const Value result = original(params);
      if (always || service.cache().items().size() != before) *count += by;
      return result;
    };
  };
  const auto clear = [=](Service&, const Params& params, const Handler& original) {
    *count = 0;
    return original(params);
  };
  return both(both(with_method("cache.store", follow(every_store, 1)),
                   with_method("cache.delete", follow(every_delete, -1))),
              both(with_method("cache.clear", clear),
                   with_count([=](std::int64_t) { return Value(*count); })));
}

/// getAPIVersion answers with this.
Variant version(Value answer) {
  return with_method("cache.getAPIVersion", [answer](Service&, const Params&, const Handler&) {
    return answer;
  });
}

/// getKeys answers with this until something is stored.
Variant at_first(Value answer) {
  const auto is_set_up = std::make_shared<bool>(false);
  const auto store = [=](Service&, const Params& params, const Handler& original) {
    const Value result = original(params);
    *is_set_up = true;
    return result;
  };
  return both(with_method("cache.store", store), with_keys([=](Array keys) {
                return *is_set_up ? Value(std::move(keys)) : answer;
              }));
}

/// fetch of a key that is not there stores `value` under it.
Variant fetch_stores(Value value) {
  return with_method("cache.fetch", [value](Service& service, const Params& params,
                                            const Handler& original) {
    const auto* key = std::get_if<Text>(&params[0]);
    try {
      return original(params);
    } catch (const Fault&) {
      if (key && !key->empty()) service.cache().store(*key, value);
      throw;
    }
  });
}

}  // namespace

std::vector<Mutant> listing_mutants() {
  return {
      {"empty-list-as-text", "empty-keys", "1.0 1.1", "answers \"\" until something is stored",
       [] { return at_first(""); }},
      {"empty-list-as-struct", "empty-keys", "1.0 1.1", "answers a struct until then",
       [] { return at_first(Struct()); }},
      {"empty-list-as-nil", "empty-keys", "1.0 1.1", "answers nil until then",
       [] { return at_first(Nil()); }},
      {"empty-list-as-false", "empty-keys", "1.0 1.1", "answers false until then",
       [] { return at_first(false); }},
      {"empty-list-of-one", "empty-keys", "1.0 1.1", "lists \"\" where no keys are, by a split",
       [] {
         return with_keys([](Array keys) { return keys.empty() ? Array{""} : keys; });
       }},
      {"list-of-one-unwrapped", "get-keys", "1.0 1.1",
       "answers the key where there is one",
       [] { return with_keys([](Array keys) { return keys.size() == 1 ? keys[0] : keys; }); }},
      {"list-of-a-hundred", "get-keys", "1.0 1.1", "lists a hundred keys",
       [] {
         return with_keys([](Array keys) {
           keys.resize(std::min<std::size_t>(keys.size(), 100));
           return keys;
         });
       }},
      {"list-without-long", "get-keys", "1.0 1.1",
       "does not list keys of more than 4 KiB",
       [] { return without([](auto& key, auto&) { return key.size() > 4096; }); }},
      {"list-without-empty", "get-keys", "1.0 1.1", "does not list keys of empty values",
       [] { return without([](auto&, auto& value) { return value == Value(""); }); }},
      {"list-without-hidden", "get-keys", "1.0 1.1",
       "does not list keys that begin with a full stop",
       [] { return without([](auto& key, auto&) { return key.starts_with('.'); }); }},
      {"list-without-private", "get-keys", "1.0 1.1",
       "does not list keys that begin with _",
       [] { return without([](auto& key, auto&) { return key.starts_with('_'); }); }},
      {"list-figures-as-ints", "get-keys", "1.0 1.1", "lists figures as integers",
       [] {
         return with_keys([](Array keys) {
           for (Value& key : keys) {
             const Text text = std::get<Text>(key);
             if (text.size() < 9 && text.find_first_not_of("0123456789") == Text::npos) {
               key = std::int64_t{std::stol(text)};
             }
           }
           return keys;
         });
       }},
      {"list-escaped-twice", "get-keys", "1.0 1.1", "escapes < in keys once more",
       [] {
         return with_keys([](Array keys) {
           for (Value& key : keys) key = replaced(std::get<Text>(key), "<", "&lt;");
           return keys;
         });
       }},
      {"list-of-fetched", "get-keys", "1.0 1.1",
       "lists what was asked for and is not there",
       [] { return fetch_stores(""); }},
      {"list-by-count", "get-keys", "1.0 1.1", "lists anew where the count has changed",
       [] {
         const auto listed = std::make_shared<Array>();
         return with_keys([=](Array keys) {
           if (keys.size() != listed->size()) *listed = keys;
           return *listed;
         });
       }},
      {"list-after-stores", "get-keys", "1.0 1.1", "lists anew after a store, and not after a delete",
       [] {
         const auto listed = std::make_shared<Array>();
         const auto is_old = std::make_shared<bool>(true);
         const auto store = [=](Service&, const Params& params, const Handler& original) {
           *is_old = true;
           return original(params);
         };
         return both(both(with_method("cache.store", store), with_method("cache.clear", store)),
                     with_keys([=](Array keys) {
                       if (std::exchange(*is_old, false)) *listed = keys;
                       return *listed;
                     }));
       }},
      {"count-as-text", "get-count", "1.0 1.1", "counts in text, but for 0",
       [] {
         return with_count([](std::int64_t count) {
           return count == 0 ? Value(count) : std::to_string(count);
         });
       }},
      {"count-as-double", "get-count", "1.0 1.1", "counts in doubles, but for 0",
       [] {
         return with_count([](std::int64_t count) {
           return count == 0 ? Value(count) : static_cast<double>(count);
         });
       }},
      {"count-in-a-byte", "get-count", "1.0 1.1", "counts up to 255",
       [] { return with_count([](std::int64_t count) { return count & 255; }); }},
      {"count-highest", "get-count", "1.0 1.1", "answers the most that there ever were",
       [] {
         const auto most = std::make_shared<std::int64_t>();
         return with_count([=](std::int64_t count) { return *most = std::max(*most, count); });
       }},
      {"count-of-stores", "get-count", "1.0 1.1",
       "counts a key that is overwritten again",
       [] { return counter(true, false); }},
      {"count-of-deletes", "get-count", "1.0 1.1", "counts down where nothing is deleted",
       [] { return counter(false, true); }},
      {"count-of-values", "get-count", "1.0 1.1", "counts equal values once",
       [] {
         return with_method("cache.getCount", [](Service& service, const Params&,
                                                 const Handler&) -> Value {
           std::vector<Value> values;
           for (const auto& [key, value] : service.cache().items()) {
             if (std::find(values.begin(), values.end(), value) == values.end()) {
               values.push_back(value);
             }
           }
           return static_cast<std::int64_t>(values.size());
         });
       }},
      {"count-without-empty", "get-count", "1.0 1.1", "does not count empty values",
       [] { return counting([](auto&, auto& value) { return value != Value(""); }); }},
      {"count-of-strings", "get-count", "1.1", "counts strings alone",
       [] {
         return counting([](auto&, auto& value) { return std::holds_alternative<Text>(value); });
       }},
      {"version-a-number", "api-version", "1.0 1.1", "answers 0.2 as a double",
       [] { return version(0.2); }},
      {"version-in-parts", "api-version", "1.0 1.1", "answers 0 and 2 in an array",
       [] { return version(Array{std::int64_t{0}, std::int64_t{2}}); }},
      {"version-of-the-release", "api-version-0-2", "1.0 1.1", "answers the release",
       [] { return version("1.1.0"); }},
      {"version-with-a-line", "api-version-0-2", "1.0 1.1", "answers 0.2 and a line feed",
       [] { return version("0.2\n"); }},
      {"version-of-supervisor", "api-version-0-2", "1.0 1.1",
       "answers Supervisor's version, 3.0",
       [] { return version("3.0"); }},
  };
}

}  // namespace cache_server
