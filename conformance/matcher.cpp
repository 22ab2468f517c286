#include "matcher.h"

#include <algorithm>
#include <cmath>
#include <regex>

namespace conformance {

namespace {

using MaybeDifference = std::optional<Difference>;

MaybeDifference unlike(std::string expected, std::string actual) {
  return Difference{"", std::move(expected), std::move(actual)};
}

MaybeDifference unlike(const Json& expected, const Json& actual) {
  return unlike(brief(expected), brief(actual));
}

/// The difference of a part is one of the whole, further down.
MaybeDifference within(const std::string& part, MaybeDifference difference) {
  if (difference) difference->path = part + difference->path;
  return difference;
}

std::string index(std::size_t i) { return "[" + std::to_string(i) + "]"; }

/// Long strings are shown around the first byte that differs.
MaybeDifference compare_strings(const std::string& expected, const std::string& actual) {
  if (expected == actual) return {};
  constexpr std::size_t readable = 120, before = 30;
  if (expected.size() <= readable && actual.size() <= readable)
    return unlike(Json(expected), Json(actual));
  const auto at = static_cast<std::size_t>(
      std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end()).first -
      expected.begin());
  const auto from = at > before ? at - before : 0;
  const auto excerpt = [&](const std::string& text) {
    return brief(Json(text.substr(from, readable))) + " at byte " + std::to_string(from) + " of " +
           std::to_string(text.size());
  };
  return unlike(excerpt(expected), excerpt(actual));
}

MaybeDifference compare_doubles(const Json& expected, const Json& actual) {
  double wanted = 0, got = 0;
  const auto text = [](const Json& value) { return value["$double"].get<std::string>(); };
  if (!read_double(text(expected), wanted) || !read_double(text(actual), got))
    return unlike(expected, actual);
  const bool same = std::isnan(wanted) || std::isnan(got)
                        ? std::isnan(wanted) && std::isnan(got)
                        : wanted == got && std::signbit(wanted) == std::signbit(got);
  return same ? MaybeDifference() : unlike(expected, actual);
}

MaybeDifference compare_arrays(const Json& expected, const Json& actual, const Names& names) {
  for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i)
    if (auto difference = first_difference(expected[i], actual[i], names))
      return within(index(i), difference);
  if (expected.size() == actual.size()) return {};
  return unlike(std::to_string(expected.size()) + " items: " + brief(expected),
                std::to_string(actual.size()) + " items: " + brief(actual));
}

const Json* last_member(const Members& members, const std::string& name) {
  const auto found = std::find_if(members.rbegin(), members.rend(),
                                  [&](const auto& member) { return member.first == name; });
  return found == members.rend() ? nullptr : &found->second;
}

MaybeDifference compare_members(const Json& expected, const Json& actual, const Names& names) {
  const auto members = members_of(actual);
  for (const auto& [name, value] : expected.items()) {
    const Json* member = last_member(members, name);
    if (!member) return within("." + name, unlike(brief(value), "no such member"));
    if (auto difference = first_difference(value, *member, names))
      return within("." + name, difference);
  }
  return {};
}

MaybeDifference compare_structs(const Json& expected, const Json& actual, const Names& names) {
  const auto members = members_of(actual);
  if (dollar_word(expected) == "$struct") {
    const auto wanted = members_of(expected);
    for (std::size_t i = 0; i < std::min(wanted.size(), members.size()); ++i) {
      if (wanted[i].first != members[i].first)
        return unlike("member " + brief(wanted[i].first), "member " + brief(members[i].first));
      if (auto difference = first_difference(wanted[i].second, members[i].second, names))
        return within("." + wanted[i].first, difference);
    }
    return wanted.size() == members.size() ? MaybeDifference() : unlike(expected, actual);
  }
  if (auto difference = compare_members(expected, actual, names)) return difference;
  for (const auto& [name, value] : members)
    if (!expected.contains(name)) return within("." + name, unlike("no such member", brief(value)));
  return {};
}

MaybeDifference match_own(const Json& wanted_names, const Json& actual, const Names& names,
                          bool in_order) {
  if (!actual.is_array()) return unlike("an array of strings", brief(actual));
  std::vector<std::string> wanted, own;
  for (const Json& name : wanted_names) wanted.push_back(names.key(name.get<std::string>()));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!actual[i].is_string()) return within(index(i), unlike("a string", brief(actual[i])));
    const auto& key = actual[i].get_ref<const std::string&>();
    if (key.starts_with(names.own_prefix())) own.push_back(key);
  }
  const std::string shown = brief(Json(own));
  if (!in_order) {
    std::sort(wanted.begin(), wanted.end());
    std::sort(own.begin(), own.end());
  }
  if (wanted == own) return {};
  return unlike("of this case's keys " + brief(Json(wanted)) + (in_order ? ", in this order" : ""),
                shown);
}

MaybeDifference match_items(const Json& wanted, const Json& actual, const Names& names,
                            bool included) {
  if (!actual.is_array()) return unlike("an array", brief(actual));
  for (const Json& item : wanted) {
    const bool found = std::any_of(actual.begin(), actual.end(), [&](const Json& candidate) {
      return !first_difference(item, candidate, names);
    });
    if (found != included)
      return unlike(std::string("an array ") + (included ? "with " : "without ") + brief(item),
                    brief(actual));
  }
  return {};
}

MaybeDifference match_regex(const std::string& regex, const Json& actual) {
  // std::regex recurses once a character: what is matched here is short.
  constexpr std::size_t longest = 4096;
  if (actual.is_string() && actual.get_ref<const std::string&>().size() <= longest &&
      std::regex_match(actual.get_ref<const std::string&>(), std::regex(regex)))
    return {};
  return unlike("a string that matches " + regex, brief(actual));
}

MaybeDifference match_one_of(const Json& alternatives, const Json& actual, const Names& names) {
  for (const Json& alternative : alternatives)
    if (!first_difference(alternative, actual, names)) return {};
  return unlike("one of " + brief(alternatives), brief(actual));
}

MaybeDifference match_fault_struct(const Json& expected, const Json& actual, const Names& names) {
  const Json shape = {{"faultCode", {{"$$type", "int"}}}, {"faultString", {{"$$type", "string"}}}};
  if (type_of(actual) != "struct" || first_difference(shape, actual, names))
    return unlike("a fault: a struct of faultCode and faultString", brief(actual));
  const auto members = members_of(actual);
  return fault_difference(expected,
                          {{"code", *last_member(members, "faultCode")},
                           {"string", *last_member(members, "faultString")}},
                          names);
}

MaybeDifference match_batch(const Json& results, const Json& actual, const Names& names) {
  if (!actual.is_array() || actual.size() != results.size())
    return unlike("an array of " + std::to_string(results.size()) + " results", brief(actual));
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Json& item = actual[i];
    const bool boxed = dollar_word(results[i]) != "$$fault" && item.is_array() && item.size() == 1;
    if (boxed && !first_difference(results[i], item[0], names)) continue;
    if (auto difference = first_difference(results[i], item, names))
      return within(index(i), difference);
  }
  return {};
}

MaybeDifference apply_matcher(std::string_view word, const Json& argument, const Json& actual,
                              const Names& names) {
  if (word == "$$own") return match_own(argument, actual, names, false);
  if (word == "$$ownInOrder") return match_own(argument, actual, names, true);
  if (word == "$$includes") return match_items(argument, actual, names, true);
  if (word == "$$excludes") return match_items(argument, actual, names, false);
  if (word == "$$matches") return match_regex(argument.get<std::string>(), actual);
  if (word == "$$oneOf") return match_one_of(argument, actual, names);
  if (word == "$$fault") return match_fault_struct(argument, actual, names);
  if (word == "$$batch") return match_batch(argument, actual, names);
  if (word == "$$has") {
    if (type_of(actual) != "struct") return unlike("a struct", brief(actual));
    return compare_members(argument, actual, names);
  }
  if (word == "$$type") {
    const auto wanted = argument.get<std::string>();
    if (type_of(actual) == wanted) return {};
    return unlike("a value of type " + wanted, std::string(type_of(actual)) + " " + brief(actual));
  }
  throw std::logic_error("a matcher that check_notation let pass: " + std::string(word));
}

}  // namespace

std::optional<Difference> first_difference(const Json& expected, const Json& actual,
                                           const Names& names) {
  const std::string_view word = dollar_word(expected);
  if (word.starts_with("$$"))
    return apply_matcher(word, expected.begin().value(), actual, names);
  const std::string_view type = type_of(expected);
  if (type != type_of(actual))
    return unlike(std::string(type) + " " + brief(expected),
                  std::string(type_of(actual)) + " " + brief(actual));
  if (type == "string")
    return compare_strings(expected.get_ref<const std::string&>(),
                           actual.get_ref<const std::string&>());
  if (type == "double") return compare_doubles(expected, actual);
  if (type == "array") return compare_arrays(expected, actual, names);
  if (type == "struct") return compare_structs(expected, actual, names);
  return expected == actual ? MaybeDifference() : unlike(expected, actual);
}

std::optional<Difference> fault_difference(const Json& expected, const Json& fault,
                                           const Names& names) {
  if (expected.is_boolean()) return {};
  return within("fault", compare_members(expected, fault, names));
}

}  // namespace conformance
