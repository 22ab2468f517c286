#include <initializer_list>
#include <memory>
#include <set>

#include "cache.h"
#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Edit = std::function<Value(Service&, const Params&, const Handler& original)>;

/// One edit for several methods.
Variant with_methods(std::initializer_list<std::string_view> names, const Edit& edit) {
  Variant all;
  for (const auto name : names) all = both(std::move(all), with_method(name, edit));
  return all;
}

/// The key, null if it is no string.
const std::string* text_of_key(const Params& params) {
  return std::get_if<std::string>(&params[0]);
}

bool is_empty(const Params& params) {
  return text_of_key(params) != nullptr && text_of_key(params)->empty();
}

/// Whether the key could be one, and nothing is stored under it.
bool is_missing(Service& service, const Params& params) {
  const std::string* key = text_of_key(params);
  return key != nullptr && !key->empty() && !service.cache().items().contains(*key);
}

/// `edit` answers where the key could not be one.
Variant with_bad_key(std::initializer_list<std::string_view> names, const Edit& edit) {
  return with_methods(names, [edit](Service& service, const Params& params,
                                    const Handler& original) {
    const bool is_bad = text_of_key(params) == nullptr || is_empty(params);
    return is_bad ? edit(service, params, original) : original(params);
  });
}

/// `edit` answers where nothing is stored under the key.
Variant with_missing_key(std::string_view name, const Edit& edit) {
  return with_method(name, [edit](Service& service, const Params& params,
                                  const Handler& original) {
    return is_missing(service, params) ? edit(service, params, original) : original(params);
  });
}

/// `edit` answers where the key is empty.
Variant with_empty_key(std::string_view name, const Edit& edit) {
  return with_method(name, [edit](Service& service, const Params& params,
                                  const Handler& original) {
    return is_empty(params) ? edit(service, params, original) : original(params);
  });
}

/// Every call in a batch is made while `*in_batch`.
Variant with_batches_told(const std::shared_ptr<bool>& in_batch) {
  return with_method("system.multicall", [=](Service&, const Params& params,
                                             const Handler& original) {
    *in_batch = true;
    const std::shared_ptr<void> after(nullptr, [=](void*) { *in_batch = false; });
    return original(params);
  });
}

Value answer(const Value& value) { return value; }

std::vector<Mutant> bad_name() {
  return {
      {"bad-key-incorrect-parameters", "bad-name", "1.0 1.1", "a bad key is code 2",
       [] {
         return with_bad_key({"cache.store", "cache.fetch", "cache.delete"},
                             [](Service&, const Params&, const Handler&) -> Value {
                               throw Fault(FaultCode::INCORRECT_PARAMETERS);
                             });
       }},
      {"bad-key-type-failed", "bad-name", "1.0 1.1", "a key that is no string is code 30",
       [] {
         return with_bad_key({"cache.store", "cache.fetch", "cache.delete"},
                             [](Service&, const Params& params, const Handler& original) {
                               if (!is_empty(params)) throw Fault(FaultCode::FAILED, "TypeError");
                               return original(params);
                             });
       }},
      {"bad-key-text", "bad-name", "1.0 1.1", "the text for a bad key says only BAD_NAME",
       [] {
         return with_bad_key({"cache.store", "cache.fetch", "cache.delete"},
                             [](Service&, const Params&, const Handler&) -> Value {
                               throw Fault(FaultCode::BAD_NAME);
                             });
       }},
      {"delete-bad-key-true", "bad-name", "1.0 1.1", "what cannot be there is deleted with true",
       [] {
         return with_bad_key({"cache.delete"}, [](Service&, const Params&, const Handler&) {
           return answer(true);
         });
       }},
      {"fetch-container-key-unhashable", "bad-name", "1.0 1.1",
       "an array or a struct as a key of fetch is code 30",
       [] {
         return with_bad_key({"cache.fetch"}, [](Service&, const Params& params,
                                                 const Handler& original) {
           const bool hashable = !std::holds_alternative<Array>(params[0]) &&
                                 !std::holds_alternative<Struct>(params[0]);
           if (!hashable) throw Fault(FaultCode::FAILED, "unhashable");
           return original(params);
         });
       }},
  };
}

std::vector<Mutant> missing_keys() {
  return {
      {"fetch-missing-empty", "bad-name-missing", "1.0 1.1", "what is missing is an empty string",
       [] {
         return with_missing_key("cache.fetch", [](Service&, const Params&, const Handler&) {
           return answer("");
         });
       }},
      {"fetch-missing-false", "bad-name-missing", "1.0 1.1", "what is missing is false",
       [] {
         return with_missing_key("cache.fetch", [](Service&, const Params&, const Handler&) {
           return answer(false);
         });
       }},
      {"fetch-missing-nil", "bad-name-missing", "1.0 1.1", "what is missing is nil, so status 500",
       [] {
         return with_missing_key("cache.fetch", [](Service&, const Params&, const Handler&) {
           return answer(Nil());
         });
       }},
      {"fetch-missing-failed", "bad-name-missing", "1.0 1.1", "what is missing is code 30",
       [] {
         return with_missing_key("cache.fetch", [](Service&, const Params&,
                                                   const Handler&) -> Value {
           throw Fault(FaultCode::FAILED, "KeyError");
         });
       }},
      {"fetch-missing-then-there", "bad-name-missing", "1.0 1.1",
       "a look makes an entry, so that the second finds an empty string",
       [] {
         const auto seen = std::make_shared<std::set<std::string>>();
         return with_missing_key("cache.fetch", [=](Service&, const Params& params,
                                                    const Handler& original) {
           return seen->insert(*text_of_key(params)).second ? original(params) : answer("");
         });
       }},
      {"fetch-missing-in-batch", "bad-name-missing", "1.0 1.1",
       "what is missing is an empty string in a batch",
       [] {
         const auto in_batch = std::make_shared<bool>(false);
         return both(with_batches_told(in_batch),
                     with_missing_key("cache.fetch", [=](Service&, const Params& params,
                                                         const Handler& original) {
                       return *in_batch ? answer("") : original(params);
                     }));
       }},
      {"delete-missing-false", "delete-missing", "1.0 1.1", "false tells that nothing was there",
       [] {
         return with_missing_key("cache.delete", [](Service&, const Params&, const Handler&) {
           return answer(false);
         });
       }},
      {"delete-missing-refused", "delete-missing", "1.0 1.1", "BAD_NAME, as for fetch",
       [] {
         return with_missing_key("cache.delete", [](Service&, const Params&,
                                                    const Handler&) -> Value {
           throw Fault(FaultCode::BAD_NAME);
         });
       }},
      {"delete-twice-refused", "delete-missing", "1.0 1.1",
       "what has been deleted cannot be deleted again",
       [] {
         const auto deleted = std::make_shared<std::set<std::string>>();
         return with_method("cache.delete", [=](Service& service, const Params& params,
                                                const Handler& original) {
           const bool missing = is_missing(service, params);
           const Value result = original(params);
           if (missing && deleted->contains(*text_of_key(params))) throw Fault(FaultCode::BAD_NAME);
           deleted->insert(*text_of_key(params));
           return result;
         });
       }},
      {"delete-from-nothing-false", "delete-missing", "1.0 1.1",
       "false if the cache is empty as a whole",
       [] {
         return with_missing_key("cache.delete", [](Service& service, const Params&,
                                                    const Handler&) {
           return answer(!service.cache().items().empty());
         });
       }},
      {"delete-missing-beside-others", "delete-missing", "1.0 1.1",
       "BAD_NAME, unless the cache is empty and there is nothing to do",
       [] {
         return with_missing_key("cache.delete", [](Service& service, const Params&,
                                                    const Handler&) {
           if (!service.cache().items().empty()) throw Fault(FaultCode::BAD_NAME);
           return answer(true);
         });
       }},
  };
}

std::vector<Mutant> empty_keys() {
  return {
      {"empty-key-stored-and-refused", "key-not-empty", "1.0 1.1",
       "an empty key is refused once it is stored",
       [] {
         return with_empty_key("cache.store", [](Service& service, const Params& params,
                                                 const Handler& original) {
           service.cache().store("", params[1]);
           return original(params);
         });
       }},
      {"empty-key-false", "key-not-empty", "1.0 1.1", "an empty key is false, not refused",
       [] {
         return with_empty_key("cache.store", [](Service&, const Params&, const Handler&) {
           return answer(false);
         });
       }},
      {"empty-key-accepted", "key-not-empty", "1.0 1.1", "an empty key is like any other",
       [] {
         return with_empty_key("cache.store", [](Service& service, const Params& params,
                                                 const Handler&) {
           service.cache().store("", params[1]);
           return answer(true);
         });
       }},
      {"empty-key-in-batch", "key-not-empty", "1.0 1.1", "a batch may store under an empty key",
       [] {
         const auto in_batch = std::make_shared<bool>(false);
         return both(with_batches_told(in_batch),
                     with_empty_key("cache.store", [=](Service& service, const Params& params,
                                                       const Handler& original) {
                       if (!*in_batch) return original(params);
                       service.cache().store("", params[1]);
                       return answer(true);
                     }));
       }},
      {"empty-key-fetches-empty", "key-not-empty", "1.0 1.1", "an empty key fetches an empty string",
       [] {
         return with_empty_key("cache.fetch", [](Service&, const Params&, const Handler&) {
           return answer("");
         });
       }},
      {"empty-key-deletes-all", "key-not-empty", "1.0 1.1",
       "an empty key is refused once all that begins with it is deleted",
       [] {
         return with_empty_key("cache.delete", [](Service& service, const Params& params,
                                                  const Handler& original) {
           service.cache().clear();
           return original(params);
         });
       }},
      {"blank-key-is-empty", "key-not-empty", "1.0 1.1", "a key of nothing but blanks is empty",
       [] {
         return with_methods({"cache.store", "cache.fetch", "cache.delete"},
                             [](Service&, const Params& params, const Handler& original) {
                               const std::string* key = text_of_key(params);
                               if (key != nullptr && key->find_first_not_of(" \t\n") == key->npos) {
                                 return original({"", ""});
                               }
                               return original(params);
                             });
       }},
  };
}

}  // namespace

std::vector<Mutant> fault_mutants() {
  std::vector<Mutant> all;
  for (const auto& list : {bad_name(), missing_keys(), empty_keys()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

}  // namespace cache_server
