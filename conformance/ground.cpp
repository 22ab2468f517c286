#include "ground.h"

#include <algorithm>

#include "matcher.h"
#include "perturbation.h"

namespace conformance {

namespace {

constexpr std::size_t most_parts = 64;

/// Whether a later member of this struct has the same name.
bool is_hidden(const Json& value, std::size_t i, const std::string& name) {
  if (dollar_word(value) != "$struct") return false;
  const Json& pairs = value["$struct"];
  return std::any_of(pairs.begin() + static_cast<std::ptrdiff_t>(i) + 1, pairs.end(),
                     [&](const Json& pair) { return pair[0] == name; });
}

/// The name of a matcher as it is in the list, which lasts.
std::string_view ground_named(std::string_view word) {
  for (const Irrelevance& entry : irrelevances())
    if (entry.ground == word) return entry.ground;
  throw std::logic_error("a matcher that the list does not know: " + std::string(word));
}

bool is_on(const Standing& standing, std::string_view ground) {
  return std::find(standing.grounds.begin(), standing.grounds.end(), ground) != standing.grounds.end();
}

bool is_own_list(std::string_view word) { return word == "$$own" || word == "$$ownInOrder"; }

}  // namespace

std::vector<Part> Parts::of(const Json& expected, Json& value) {
  return spread(value, stand(expected, value, {}));
}

std::vector<Part> Parts::on(std::string_view ground, Json& value) {
  return spread(value, {{ground}, nullptr, {}});
}

std::vector<Part> Parts::spread(Json& value, Standing standing) {
  std::vector<Part> all;
  collect(value, "", std::move(standing), all);
  if (all.size() <= most_parts) return all;
  std::vector<Part> some;
  for (std::size_t i = 0; i < most_parts; ++i)
    some.push_back(std::move(all[i * (all.size() - 1) / (most_parts - 1)]));
  return some;
}

void Parts::collect(Json& value, const std::string& path, Standing standing,
                    std::vector<Part>& parts) {
  const std::size_t self = parts.size();
  parts.push_back({&value, path, standing, {}});
  const std::string_view type = type_of(value);
  if (type != "array" && type != "struct") return;
  if (irrelevance_of(standing.grounds, "any change")) return;  // and so is all that is below
  const bool pairs = dollar_word(value) == "$struct";
  Json& items = pairs ? value["$struct"] : value;
  parts[self].children.resize(items.size());
  for (const std::size_t i : sampled(items.size())) {
    const auto member = std::next(items.begin(), static_cast<std::ptrdiff_t>(i));
    const std::string name =
        type == "array" ? "" : pairs ? (*member)[0].get<std::string>() : member.key();
    Json& child = pairs ? (*member)[1] : *member;
    Standing below = stand_below(standing, value, i, name, child);
    if (items.size() == 1 && (is_on(standing, "$$batch, a result") ||
                              is_on(standing, "$$batch, a result in an array")))
      below.grounds.push_back("$$batch, the only item of a result");
    parts[self].children[i] = below;
    collect(child, path + (type == "array" ? "[" + std::to_string(i) + "]" : "." + name),
            std::move(below), parts);
  }
}

Standing Parts::stand(const Json& expected, const Json& value, std::vector<Choice> choices) {
  const std::string_view word = dollar_word(expected);
  if (word == "$$oneOf") {
    const Json& alternatives = expected.begin().value();
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      if (first_difference(alternatives[i], value, names_)) continue;
      choices.push_back({&alternatives, i, &value});
      return stand(alternatives[i], value, std::move(choices));
    }
  }
  if (word == "$$fault") return {{"struct"}, &expected, std::move(choices)};
  Standing standing{{}, &expected, std::move(choices)};
  const bool no_order = word == "$$ownInOrder" && expected.begin().value().size() < 2;
  if (word.starts_with("$$")) standing.grounds.push_back(ground_named(no_order ? "$$own" : word));
  if (is_own_list(word) && expected.begin().value().empty())
    standing.grounds.push_back("$$own of none");
  if (type_of(expected) == "struct" && word.empty()) standing.grounds.push_back("struct");
  const Json& items = word == "$$batch" ? expected.begin().value() : expected;
  if (items.is_array() && std::equal(items.begin(), items.end(), items.rbegin()))
    standing.grounds.push_back("items judged alike");
  return standing;
}

Standing Parts::stand_below(const Standing& above, const Json& value, std::size_t i,
                            const std::string& name, const Json& child) {
  const auto all_on = [&](std::string_view ground) {
    return Standing{{ground}, nullptr, above.choices};
  };
  if (!above.expected) return {above.grounds, nullptr, above.choices};
  const Json& expected = *above.expected;
  const std::string_view word = dollar_word(expected);
  const Json& argument = word.empty() ? expected : expected.begin().value();
  if (is_own_list(word)) {
    if (child.get_ref<const std::string&>().starts_with(names_.own_prefix()))
      return {{}, nullptr, above.choices};
    return all_on("$$own, a key of others");
  }
  if (word == "$$includes") return stand_among(above, value, i);
  if (word == "$$excludes") return all_on("$$excludes, an item");
  if (word == "$$type") return all_on("$$type, inside");
  if (word == "$$fault") {
    const char* key = name == "faultCode" ? "code" : "string";
    if (!argument.is_object() || !argument.contains(key)) return all_on("$$fault, what is not named");
    return stand(argument[key], child, above.choices);
  }
  if (word == "$$batch") {
    const Json& result = argument[i];
    const bool boxed = dollar_word(result) != "$$fault" && child.is_array() && child.size() == 1 &&
                       !first_difference(result, child[0], names_);
    if (boxed) {
      made_.push_back(Json::array({result}));
      return {{"$$batch, a result in an array"}, &made_.back(), above.choices};
    }
    Standing below = stand(result, child, above.choices);
    if (dollar_word(result) != "$$fault") below.grounds.push_back("$$batch, a result");
    return below;
  }
  if (type_of(value) == "struct" && word != "$struct" && is_hidden(value, i, name))
    return all_on("struct, a member hidden by another");
  if (word == "$$has" && !argument.contains(name)) return all_on("$$has, another member");
  if (word == "$struct") return stand(argument[i][1], child, above.choices);
  if (type_of(value) == "array") return stand(argument[i], child, above.choices);
  return stand(argument[name], child, above.choices);
}

/// An item that is the only one to be what is asked for is judged as that.
Standing Parts::stand_among(const Standing& above, const Json& value, std::size_t i) {
  for (const Json& wanted : above.expected->begin().value()) {
    const auto matches = [&](const Json& item) { return !first_difference(wanted, item, names_); };
    if (!matches(value[i]) || std::count_if(value.begin(), value.end(), matches) != 1) continue;
    Standing below = stand(wanted, value[i], above.choices);
    below.grounds.push_back("$$includes, an item that is asked for");
    return below;
  }
  return {{"$$includes, another item"}, nullptr, above.choices};
}

}  // namespace conformance
