#pragma once

#include <map>
#include <span>
#include <string>

#include "methods.h"
#include "value.h"

namespace cache_server {

/// What the cache keeps, under its keys. In memory only: nothing outlives the process
/// (seed README, Warnings). A map, because getKeys answers in order of code points, which
/// is the order of UTF-8's bytes and so std::string's.
///
/// This namespace is small on purpose: it is the model for another one. A State like this
/// struct, one function a method, one row a function.
using Cache = std::map<std::string, Value>;

/// The cache's methods, for bind_rows.
std::span<const Row<Cache>> cache_rows();

}  // namespace cache_server
