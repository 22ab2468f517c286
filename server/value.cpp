#include "value.h"

namespace cache_server {
namespace {

/// What there is beyond the value itself.
struct Contents {
  std::size_t operator()(Nil) const { return 0; }
  std::size_t operator()(bool) const { return 0; }
  std::size_t operator()(std::int64_t) const { return 0; }
  std::size_t operator()(double) const { return 0; }
  std::size_t operator()(const std::string& text) const { return text.size(); }
  std::size_t operator()(const DateTime& time) const { return time.text.size(); }

  std::size_t operator()(const Array& items) const {
    std::size_t sum = 0;
    for (const Value& item : items) sum += size_in_bytes(item);
    return sum;
  }

  std::size_t operator()(const Struct& members) const {
    std::size_t sum = 0;
    for (const Member& member : members) {
      sum += kBytesPerValue + member.name.size() + size_in_bytes(member.value);
    }
    return sum;
  }
};

}  // namespace

std::size_t size_in_bytes(const Value& value) {
  return kBytesPerValue + std::visit(Contents(), static_cast<const ValueVariant&>(value));
}

}  // namespace cache_server
