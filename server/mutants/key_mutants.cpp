#include "edit.h"
#include "mutant.h"

namespace cache_server {
namespace {

/// The key of store, fetch and delete is edited before it is looked at.
Variant with_key(Value (*edit)(const Value& key)) {
  const auto edited = [edit](Service&, Params params, const Handler& original) {
    params[0] = edit(params[0]);
    return original(params);
  };
  return both(both(with_method("cache.store", edited), with_method("cache.fetch", edited)),
              with_method("cache.delete", edited));
}

/// The key if it is a string.
std::string text_of_key(const Value& key) {
  const auto* text = std::get_if<std::string>(&key);
  return text == nullptr ? "" : *text;
}

}  // namespace

std::vector<Mutant> key_mutants() {
  return {
      {"key-cut-at-255", "store", "1.0 1.1", "keeps 255 bytes of a key",
       [] {
         return with_key([](const Value& key) -> Value {
           return std::holds_alternative<std::string>(key) ? Value(text_of_key(key).substr(0, 255)) : key;
         });
       }},
  };
}

}  // namespace cache_server
