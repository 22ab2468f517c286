#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cache_server::fuzz {

/// The bytes of an input, from which decisions are taken until there are none left; then
/// all decisions are 0.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  bool is_empty() const { return bytes_.empty(); }

  std::uint8_t next() {
    if (bytes_.empty()) return 0;
    const char first = bytes_[0];
    bytes_.remove_prefix(1);
    return static_cast<std::uint8_t>(first);
  }

  /// A number below `bound`, which is at most 256.
  unsigned below(unsigned bound) { return next() % bound; }

  /// The bits of a Number.
  template <class Number>
  Number number() {
    Number number{};
    bytes_.remove_prefix(bytes_.copy(reinterpret_cast<char*>(&number), sizeof number));
    return number;
  }

  /// A text: a byte that tells its length, or 255 and two that do, and so many bytes.
  std::string_view text() {
    std::size_t length = next();
    if (length == 255) length = number<std::uint16_t>();
    const std::string_view text = bytes_.substr(0, length);
    bytes_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view bytes_;
};

}  // namespace cache_server::fuzz
