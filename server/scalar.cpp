#include "scalar.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <regex>
#include <system_error>
#include <utility>

#include "xml_text.h"

namespace cache_server {
namespace {

/// Of an integer; Python's int() reads no more.
constexpr std::size_t kMostDigits = 4300;

constexpr std::string_view kBlanks = " \t\n\r";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// A number's text as std::from_chars takes it: no blanks around, no leading `+`.
std::string_view number_of(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

/// The digit that each byte stands for in base64, or -1.
constexpr auto kBase64Digits = [] {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<signed char, 256> digits{};
  digits.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
  }
  return digits;
}();

/// The bytes, or nothing if the padding is wrong. What is not in the alphabet is skipped,
/// line breaks and anything else, as Python's decoder does.
std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int in_group = 0;  // how many digits of a group of four have come
  int padding = 0;
  for (const char c : text) {
    if (c == '=') {
      if (in_group >= 2 && in_group + ++padding == 4) return bytes;
      continue;
    }
    const int digit = kBase64Digits[static_cast<unsigned char>(c)];
    if (digit < 0) continue;
    padding = 0;
    bits = bits << 6 | static_cast<unsigned>(digit);
    in_group = (in_group + 1) % 4;
    // Every digit but the first completes a byte; 4, 2 or 0 of its bits are the next's.
    if (in_group != 1) bytes.push_back(static_cast<char>(bits >> (8 - 2 * in_group) % 8));
  }
  if (in_group != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<Value> read_integer(std::string_view text) {
  const std::string_view number = number_of(text);
  if (number.size() > kMostDigits) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::invalid_argument || end != number.data() + number.size()) {
    return std::nullopt;
  }
  // Like everything over 32 bits it can be stored and never be answered, so the nearest
  // integer that fits will do.
  if (error == std::errc::result_out_of_range) {
    value = number[0] == '-' ? std::numeric_limits<std::int64_t>::min()
                             : std::numeric_limits<std::int64_t>::max();
  }
  return value;
}

std::optional<Value> read_double(std::string_view text) {
  const std::string number(number_of(text));
  double value = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::invalid_argument || end != number.data() + number.size() ||
      number.ends_with(')')) {  // `nan(…)` is C's, not XML-RPC's
    return std::nullopt;
  }
  // from_chars leaves open whether it was too large or too small; strtod gives the
  // infinity or the zero. What it reads has just been found to be a number.
  if (error == std::errc::result_out_of_range) {
    value = std::strtod(number.c_str(), nullptr);
  }
  return value;
}

std::optional<Value> read_date_time(const std::string& text) {
  // The first alternative with which the rest fits wins: `1998111T…` is November 1st.
  static const std::regex shape(
      "([0-9]{4})(1[0-2]|0[1-9]|[1-9])(3[01]|[12][0-9]|0[1-9]| ?[1-9])[Tt]"
      "(2[0-3]|[01]?[0-9]):([0-5]?[0-9]):([0-5]?[0-9])");
  constexpr std::size_t kLongest = 17;
  std::smatch parts;
  if (text.size() > kLongest || !std::regex_match(text, parts, shape)) {
    return std::nullopt;
  }
  const auto number = [&](std::size_t part) { return std::stoi(parts[part]); };
  const std::chrono::year_month_day date{
      std::chrono::year(number(1)), std::chrono::month(static_cast<unsigned>(number(2))),
      std::chrono::day(static_cast<unsigned>(number(3)))};
  if (number(1) == 0 || !date.ok()) return std::nullopt;
  std::array<char, kLongest + 1> full;
  std::snprintf(full.data(), full.size(), "%04d%02d%02dT%02d:%02d:%02d", number(1),
                number(2), number(3), number(4), number(5), number(6));
  return DateTime{full.data()};
}

std::optional<Value> read_base64(std::string_view text) {
  auto bytes = decode_base64(text);
  if (!bytes || find_invalid_utf8(*bytes) != std::string_view::npos) return std::nullopt;
  return *std::move(bytes);
}

}  // namespace cache_server
