#include <algorithm>
#include <utility>

#include "cache.h"
#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

/// What makes one call of a batch.
using Entry = std::function<Value(const Value& entry)>;

/// system.multicall, done otherwise.
Variant with_batch(std::function<Array(Service&, const Array& entries, const Entry& call)> edit) {
  return with_method("system.multicall", [=](Service& service, const Params& params,
                                             const Handler& original) -> Value {
    const auto* entries = std::get_if<Array>(&params[0]);
    if (entries == nullptr) return original(params);
    return edit(service, *entries, [&](const Value& entry) {
      return std::get<Array>(original(Params{Value(Array{entry})})).front();
    });
  });
}

/// system.multicall with each result edited.
Variant with_results(Value (*edit)(Value result)) {
  return with_batch([=](Service&, const Array& entries, const Entry& call) {
    Array results;
    for (const Value& entry : entries) results.push_back(edit(call(entry)));
    return results;
  });
}

bool is_fault(const Value& result) {
  const auto* members = std::get_if<Struct>(&result);
  return members != nullptr && !members->empty() && members->front().name == "faultCode";
}

void put_back(Cache& cache, const Cache::Items& items) {
  cache.clear();
  for (const auto& [key, value] : items) cache.store(key, value);
}

}  // namespace

std::vector<Mutant> batch_mutants() {
  return {
      {"batch-stops", "multicall", "1.0 1.1", "nothing is done after the first fault",
       [] {
         return with_batch([](Service&, const Array& entries, const Entry& call) {
           Array results;
           for (const Value& entry : entries) {
             results.push_back(call(entry));
             if (is_fault(results.back())) break;
           }
           return results;
         });
       }},
      {"batch-raises", "multicall", "1.0 1.1", "a fault is that of the whole batch",
       [] {
         return with_results([](Value result) {
           if (is_fault(result)) throw Fault(FaultCode::FAILED);
           return result;
         });
       }},
      {"batch-wraps-faults", "multicall", "1.0 1.1", "a fault is in an array of one, too",
       [] {
         return with_results([](Value result) {
           return is_fault(result) ? Value(Array{result}) : result;
         });
       }},
      {"batch-fault-text", "multicall", "1.0 1.1", "a fault is its text alone",
       [] {
         return with_results([](Value result) {
           return is_fault(result) ? std::get<Struct>(result).back().value : result;
         });
       }},
      {"batch-empty-refused", "multicall", "1.0 1.1", "a batch of no calls is refused",
       [] {
         return with_method("system.multicall", [](Service&, const Params& params,
                                                   const Handler& original) {
           if (params[0] == Value(Array{})) throw Fault(FaultCode::INCORRECT_PARAMETERS);
           return original(params);
         });
       }},
      {"batch-backwards", "multicall", "1.0 1.1", "results come in the order of a stack",
       [] {
         return with_batch([](Service&, const Array& entries, const Entry& call) {
           Array results;
           for (const Value& entry : entries) results.insert(results.begin(), call(entry));
           return results;
         });
       }},
      {"batch-flat", "multicall", "1.0 1.1", "the items of a list stand by themselves",
       [] {
         return with_batch([](Service&, const Array& entries, const Entry& call) {
           Array results;
           for (const Value& entry : entries) {
             const Value result = call(entry);
             const auto* items = std::get_if<Array>(&result);
             if (items == nullptr) {
               results.push_back(result);
             } else {
               results.insert(results.end(), items->begin(), items->end());
             }
           }
           return results;
         });
       }},
      {"batch-of-sixteen", "multicall", "1.0 1.1", "a batch ends after sixteen calls",
       [] {
         return with_batch([](Service&, const Array& entries, const Entry& call) {
           Array results;
           while (results.size() < std::min<std::size_t>(entries.size(), 16)) {
             results.push_back(call(entries[results.size()]));
           }
           return results;
         });
       }},
      {"batch-same-once", "multicall", "1.0 1.1", "what is called twice in a batch is called once",
       [] {
         return with_batch([](Service&, const Array& entries, const Entry& call) {
           Array results;
           for (const Value& entry : entries) {
             const auto first = std::find(entries.begin(), entries.end(), entry) - entries.begin();
             const auto at = static_cast<std::size_t>(first);
             results.push_back(at < results.size() ? results[at] : call(entry));
           }
           return results;
         });
       }},
      {"batch-rolled-back", "multicall", "1.0 1.1", "a fault undoes the calls before it",
       [] {
         return with_batch([](Service& service, const Array& entries, const Entry& call) {
           const Cache::Items before = service.cache().items();
           Array results;
           for (const Value& entry : entries) {
             results.push_back(call(entry));
             if (is_fault(results.back())) put_back(service.cache(), before);
           }
           return results;
         });
       }},
  };
}

}  // namespace cache_server
