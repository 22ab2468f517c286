#include "cache.h"

#include <array>

#include "fault.h"

namespace cache_server {
namespace {

std::size_t size_of_item(const std::string& key, const Value& value) {
  return kBytesPerValue + key.size() + size_in_bytes(value);
}

/// A key must be a string and cannot be empty (README of supervisor_cache, Usage).
const std::string& key_of(const Params& params) {
  const auto* key = std::get_if<std::string>(&params[0]);
  if (key == nullptr || key->empty()) {
    throw Fault(FaultCode::BAD_NAME, "Cache key must be a non-empty string");
  }
  return *key;
}

Value clear(Cache& cache, const Params&) {
  cache.clear();
  return true;
}

Value remove(Cache& cache, const Params& params) {
  cache.erase(key_of(params));
  return true;
}

Value fetch(Cache& cache, const Params& params) {
  const auto item = cache.items().find(key_of(params));
  if (item == cache.items().end()) throw Fault(FaultCode::BAD_NAME);
  return item->second;
}

Value get_api_version(Cache&, const Params&) { return "0.2"; }

Value get_count(Cache& cache, const Params&) {
  return static_cast<std::int64_t>(cache.items().size());
}

Value get_keys(Cache& cache, const Params&) {
  Array keys;
  for (const auto& [key, value] : cache.items()) keys.emplace_back(key);
  return keys;
}

Value store(Cache& cache, const Params& params) {
  cache.store(key_of(params), params[1]);
  return true;
}

/// In 1.0 a value must be a string, too; it may be empty (README of supervisor_cache, Usage).
Value store_string(Cache& cache, const Params& params) {
  key_of(params);  // a bad key is refused first
  if (!std::holds_alternative<std::string>(params[1])) {
    throw Fault(FaultCode::INCORRECT_PARAMETERS, "Cache data must be a string");
  }
  return store(cache, params);
}

constexpr std::array kRows = {
    Row<Cache>{"cache.clear", "1.0", "boolean",
               "Empties the cache.\n\n"
               "Result: true.",
               clear},
    Row<Cache>{"cache.delete", "1.0", "boolean string",
               "Removes one key with its value. A key that is not there is no error.\n\n"
               "key: a string, not empty.\n"
               "Result: true.",
               remove},
    Row<Cache>{"cache.fetch", "1.0", "string string",
               "Reads the value that was last stored under a key.\n\n"
               "key: a string, not empty. One that is not there is the fault BAD_NAME.\n"
               "Result: the value, of the type it was stored with.",
               fetch},
    Row<Cache>{"cache.getAPIVersion", "1.0", "string",
               "Tells which version of this API is served.\n\n"
               "Result: the version as a string.",
               get_api_version},
    Row<Cache>{"cache.getCount", "1.0", "integer",
               "Counts the keys in the cache.\n\n"
               "Result: how many there are.",
               get_count},
    Row<Cache>{"cache.getKeys", "1.0", "array",
               "Lists the keys in the cache.\n\n"
               "Result: an array of strings in order of code points.",
               get_keys},
    Row<Cache>{"cache.store", "1.0", "boolean string string",
               "Keeps a string under a key, in place of what was there.\n\n"
               "key: a string, not empty.\n"
               "data: a string; it may be empty.\n"
               "Result: true.",
               store_string},
    // The signature still says string, as that of supervisor_cache 1.1.0 does.
    Row<Cache>{"cache.store", "1.1", "boolean string string",
               "Keeps a value under a key, in place of what was there.\n\n"
               "key: a string, not empty.\n"
               "data: a value of any type.\n"
               "Result: true.",
               store},
};
static_assert(rows_are_sound(kRows));

}  // namespace

void Cache::store(const std::string& key, const Value& value) {
  const auto old = items_.find(key);
  const std::size_t others =
      old == items_.end() ? bytes_ : bytes_ - size_of_item(key, old->second);
  const std::size_t size = size_of_item(key, value);
  if (size > max_bytes_ - others) {
    throw Fault(FaultCode::FAILED, "The cache may take no more than the " +
                                       std::to_string(max_bytes_) +
                                       " bytes of --max-data");
  }
  // Swapped, not assigned: a text that is assigned keeps the memory of what was longer
  // before it, and an array is half changed when there is no memory for the rest.
  Value copy = value;
  items_.try_emplace(key).first->second.swap(copy);
  bytes_ = others + size;
}

void Cache::erase(const std::string& key) {
  const auto item = items_.find(key);
  if (item == items_.end()) return;
  bytes_ -= size_of_item(key, item->second);
  items_.erase(item);
}

void Cache::clear() {
  items_.clear();
  bytes_ = 0;
}

std::span<const Row<Cache>> cache_rows() { return kRows; }

}  // namespace cache_server
