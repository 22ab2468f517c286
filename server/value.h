#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cache_server {

struct Member;
struct Value;

/// XML-RPC's `<nil/>`. It can be stored, and never be answered.
using Nil = std::monostate;

/// XML-RPC's dateTime.iso8601, as `YYYYMMDDTHH:MM:SS`. It has no zone.
struct DateTime {
  std::string text;
  bool operator==(const DateTime&) const = default;
};

using Array = std::vector<Value>;

/// The members in the order in which they came. No name occurs twice.
using Struct = std::vector<Member>;

using ValueVariant =
    std::variant<Nil, bool, std::int64_t, double, std::string, DateTime, Array, Struct>;

/// One XML-RPC value: what a parameter carries, what the cache keeps, what a
/// method answers. A plain value: copies are deep, and own what they hold.
///
/// A string is valid UTF-8, and may hold what XML cannot carry: base64 brings such
/// bytes in. An integer is 64 bits wide although XML-RPC's is 32, because a
/// supervisord stores wider ones too, and fails only when they are fetched.
struct Value : ValueVariant {
  using ValueVariant::ValueVariant;
};

/// One name and value of a struct.
struct Member {
  std::string name;
  Value value;
  bool operator==(const Member&) const = default;
};

/// The parameters of a call, in order.
using Params = std::vector<Value>;

/// What a value counts for, by itself and as a name or key: the room for a number, or for
/// the header of a text, an array or a struct, and what the allocator adds to each.
inline constexpr std::size_t kBytesPerValue = 64;

/// About the memory that a value takes: kBytesPerValue for itself, for each value in it
/// and for each name, and the bytes of all texts. So a million numbers count for 64 MB,
/// not for nothing.
std::size_t size_in_bytes(const Value& value);

}  // namespace cache_server
