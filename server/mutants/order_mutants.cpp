#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include "edit.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;

/// getKeys lists in another order.
Variant sorted(bool (*is_less)(const Text& one, const Text& other)) {
  return with_method("cache.getKeys", [is_less](Service& service, const Params&,
                                                const Handler&) -> Value {
    std::vector<Text> keys;
    for (const auto& [key, value] : service.cache().items()) keys.push_back(key);
    std::stable_sort(keys.begin(), keys.end(), is_less);
    return Array(keys.begin(), keys.end());
  });
}

/// The keys in the order in which they came to be there, the latest last; with `overwritten`,
/// in that in which they were stored last.
Variant in_order_of_stores(bool overwritten) {
  const auto order = std::make_shared<std::vector<Text>>();
  const auto store = [=](Service&, const Params& params, const Handler& original) {
    const Value result = original(params);
    const auto& key = std::get<Text>(params[0]);
    const auto at = std::find(order->begin(), order->end(), key);
    const bool is_new = at == order->end();
    if (!is_new && overwritten) order->erase(at);
    if (is_new || overwritten) order->push_back(key);
    return result;
  };
  const auto list = [=](Service& service, const Params&, const Handler&) -> Value {
    std::erase_if(*order, [&](auto& key) { return !service.cache().items().contains(key); });
    return Array(order->begin(), order->end());
  };
  return both(with_method("cache.store", store), with_method("cache.getKeys", list));
}

/// Sorted when the keys are listed for the first time; what comes later stands at the end.
Variant sorted_once() {
  const auto listed = std::make_shared<std::vector<Text>>();
  return with_method("cache.getKeys", [=](Service& service, const Params&,
                                          const Handler&) -> Value {
    const auto& items = service.cache().items();
    std::erase_if(*listed, [&](const Text& key) { return !items.contains(key); });
    for (const auto& [key, value] : items) {
      if (std::find(listed->begin(), listed->end(), key) == listed->end()) {
        listed->push_back(key);
      }
    }
    return Array(listed->begin(), listed->end());
  });
}

/// In UTF-16 what is beyond the BMP begins with U+D800 to U+DBFF, before U+E000.
bool less_in_utf16(const Text& one, const Text& other) {
  const auto rank = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xF0 ? 0xED : byte >= 0xEE ? byte + 0x10 : byte;
  };
  return std::lexicographical_compare(one.begin(), one.end(), other.begin(), other.end(),
                                      [&](char a, char b) { return rank(a) < rank(b); });
}

bool less_as_signed(const Text& one, const Text& other) {
  return std::lexicographical_compare(
      one.begin(), one.end(), other.begin(), other.end(),
      [](char a, char b) { return static_cast<signed char>(a) < static_cast<signed char>(b); });
}

bool less_without_case(const Text& one, const Text& other) {
  return std::lexicographical_compare(
      one.begin(), one.end(), other.begin(), other.end(),
      [](char a, char b) { return std::tolower(a) < std::tolower(b); });
}

/// Figures at the end count as a number.
bool less_by_number(const Text& one, const Text& other) {
  const auto cut = [](const Text& key) {
    const auto last = key.find_last_not_of("0123456789");
    return last == Text::npos ? 0 : last + 1;
  };
  const auto a = cut(one), b = cut(other);
  if (one.substr(0, a) != other.substr(0, b) || one.size() == a || other.size() == b ||
      one.size() - a > 9 || other.size() - b > 9) {
    return one < other;
  }
  return std::stol(one.substr(a)) < std::stol(other.substr(b));
}

}  // namespace

std::vector<Mutant> order_mutants() {
  return {
      {"order-utf-16", "keys-in-order", "1.0 1.1", "sorts by units of UTF-16",
       [] { return sorted(less_in_utf16); }},
      {"order-signed", "keys-in-order", "1.0 1.1", "sorts by signed bytes",
       [] { return sorted(less_as_signed); }},
      {"order-without-case", "keys-in-order", "1.0 1.1", "sorts without case",
       [] { return sorted(less_without_case); }},
      {"order-by-number", "keys-in-order", "1.0 1.1", "sorts figures as numbers",
       [] { return sorted(less_by_number); }},
      {"order-by-length", "keys-in-order", "1.0 1.1", "sorts by length first",
       [] { return sorted([](auto& one, auto& other) { return one.size() < other.size(); }); }},
      {"order-of-stores", "keys-in-order", "1.0 1.1", "lists in the order of the stores",
       [] { return in_order_of_stores(false); }},
      {"order-of-last-stores", "keys-in-order", "1.0 1.1",
       "lists what was stored last as the last",
       [] { return in_order_of_stores(true); }},
      {"order-sorted-once", "keys-in-order", "1.0 1.1", "lists new keys behind those it listed",
       [] { return sorted_once(); }},
  };
}

}  // namespace cache_server
