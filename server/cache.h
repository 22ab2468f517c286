#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <string>

#include "methods.h"
#include "value.h"

namespace cache_server {

/// What the cache keeps, under its keys. In memory only: nothing outlives the process
/// (README of supervisor_cache, Warnings).
///
/// This namespace is small on purpose: it is the model for another one. A State like this
/// class, one function a method, one row a function.
class Cache {
 public:
  /// A map, because getKeys answers in order of code points, which is the order of
  /// UTF-8's bytes and so std::string's.
  using Items = std::map<std::string, Value>;

  /// `max_bytes` is how much the keys and values may take together, as size_in_bytes
  /// tells it.
  explicit Cache(std::size_t max_bytes = std::numeric_limits<std::size_t>::max())
      : max_bytes_(max_bytes) {}

  const Items& items() const { return items_; }

  /// What the items take: never more than the limit.
  std::size_t bytes() const { return bytes_; }

  /// Puts a value in the place of what was there. Throws the Fault FAILED, and changes
  /// nothing, if it would go beyond the limit.
  void store(const std::string& key, const Value& value);

  /// A key that is not there is no error.
  void erase(const std::string& key);

  void clear();

 private:
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Items items_;
};

/// The cache's methods, for bind_rows.
std::span<const Row<Cache>> cache_rows();

}  // namespace cache_server
