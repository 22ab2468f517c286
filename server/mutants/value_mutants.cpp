#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "edit.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;
using Edit = std::function<Value(Value value)>;

/// Values are edited before they are stored.
Variant with_stored(Edit edit) {
  return with_method("cache.store", [edit](Service&, Params params, const Handler& original) {
    params[1] = edit(std::move(params[1]));
    return original(params);
  });
}

/// Values are edited when they are fetched.
Variant with_fetched(Edit edit) {
  return with_method("cache.fetch", [edit](Service&, const Params& params,
                                           const Handler& original) {
    return edit(original(params));
  });
}

/// What `edit` makes of a value of type T; others are left as they are.
template <class T>
Edit of(std::function<Value(T value)> edit) {
  return [edit](Value value) {
    auto* held = std::get_if<T>(&value);
    return held == nullptr ? value : edit(std::move(*held));
  };
}

Edit of_text(std::function<Text(Text text)> edit) {
  return of<Text>([edit](Text text) { return Value(edit(std::move(text))); });
}

/// `edit` of a value, and of what is in it.
Value deep(Value value, const Edit& edit) {
  if (auto* array = std::get_if<Array>(&value)) {
    for (Value& item : *array) item = deep(std::move(item), edit);
  } else if (auto* members = std::get_if<Struct>(&value)) {
    for (Member& member : *members) member.value = deep(std::move(member.value), edit);
  }
  return edit(std::move(value));
}

/// The same for what is in a value, and not for the value itself.
Edit inside(Edit edit) {
  return [edit](Value value) {
    if (std::holds_alternative<Array>(value) || std::holds_alternative<Struct>(value)) {
      return deep(std::move(value), edit);
    }
    return value;
  };
}

Value printed(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return std::stod(text);
}

/// False, 0 and what is empty: a test for truth does not hold for it.
bool is_falsy(const Value& value) {
  const auto* text = std::get_if<Text>(&value);
  return (text != nullptr && text->empty()) || value == Value(false) || value == Value(0.0) ||
         value == Value(std::int64_t{0}) || value == Value(Array()) || value == Value(Struct());
}

template <class T>
bool is(const Value& value) {
  return std::holds_alternative<T>(value);
}

Value as_array_if_numbered(Struct members) {
  Array items;
  for (const Member& member : members) {
    if (member.name != std::to_string(items.size())) return members;
    items.push_back(member.value);
  }
  return items;
}

}  // namespace

std::vector<Mutant> value_mutants() {
  return {
      {"any-int-as-text", "value-any-type", "1.1", "keeps integers as text",
       [] {
         return with_stored(of<std::int64_t>([](std::int64_t n) { return std::to_string(n); }));
       }},
      {"any-int-by-float", "value-any-type", "1.1", "keeps 24 bits of an integer",
       [] {
         return with_stored(of<std::int64_t>([](std::int64_t n) {
           return static_cast<std::int64_t>(static_cast<float>(n));
         }));
       }},
      {"any-int-31-bits", "value-any-type", "1.1", "takes -2147483648 for -2147483647",
       [] {
         return with_stored(of<std::int64_t>([](std::int64_t n) {
           return std::max(n, std::int64_t{-2147483647});
         }));
       }},
      {"any-boolean-as-int", "value-any-type", "1.1", "keeps booleans as 1 and 0",
       [] { return with_stored(of<bool>([](bool b) { return std::int64_t{b}; })); }},
      {"any-boolean-inside-as-int", "value-any-type", "1.1",
       "keeps booleans in arrays as 1 and 0",
       [] { return with_stored(inside(of<bool>([](bool b) { return std::int64_t{b}; }))); }},
      {"any-one-is-true", "value-any-type", "1.1",
       "does not overwrite true by 1, since they are equal",
       [] {
         return with_method("cache.store", [](Service& service, const Params& params,
                                              const Handler& original) {
           const auto& items = service.cache().items();
           const auto* key = std::get_if<Text>(&params[0]);
           const auto older = key == nullptr ? items.end() : items.find(*key);
           const bool equal = older != items.end() && older->second == Value(true) &&
                              params[1] == Value(std::int64_t{1});
           return equal ? Value(true) : original(params);
         });
       }},
      {"any-double-six-digits", "value-any-type", "1.1", "prints doubles by %g",
       [] { return with_stored(of<double>([](double d) { return printed("%g", d); })); }},
      {"any-double-fifteen-digits", "value-any-type", "1.1",
       "prints doubles inside by %.15g",
       [] {
         return with_stored(inside(of<double>([](double d) { return printed("%.15g", d); })));
       }},
      {"any-double-sixteen-digits", "value-any-type", "1.1", "prints doubles by %.16g",
       [] { return with_stored(of<double>([](double d) { return printed("%.16g", d); })); }},
      {"any-double-fixed", "value-any-type", "1.1", "prints doubles by %.20f",
       [] {
         return with_stored(of<double>([](double d) {
           return std::abs(d) < 1e30 ? printed("%.20f", d) : Value(d);
         }));
       }},
      {"any-double-whole-as-int", "value-any-type", "1.1", "keeps 3.0 as 3",
       [] {
         return with_stored(of<double>([](double d) {
           return d == std::floor(d) && std::abs(d) < 2e9 ? Value(static_cast<std::int64_t>(d)) : d;
         }));
       }},
      {"any-minus-zero", "value-any-type", "1.1", "loses the sign of -0.0",
       [] { return with_stored(of<double>([](double d) { return d + 0.0; })); }},
      {"any-date-as-text", "value-any-type", "1.1", "keeps dates as text",
       [] { return with_stored(of<DateTime>([](DateTime date) { return date.text; })); }},
      {"any-date-midnight", "value-any-type", "1.1", "writes 24:00:00 for midnight",
       [] {
         return with_stored(of<DateTime>([](DateTime date) {
           date.text = replaced(date.text, "T00:00:00", "T24:00:00");
           return date;
         }));
       }},
      {"any-date-inside-as-text", "value-any-type", "1.1",
       "keeps dates in structs as text",
       [] { return with_stored(inside(of<DateTime>([](DateTime date) { return date.text; }))); }},
      {"any-base64-encoded", "value-any-type", "1.1", "keeps base64 without decoding it",
       [] {
         return with_call([](Text body) {
           return replaced(replaced(body, "<base64>", "<string>"), "</base64>", "</string>");
         });
       }},
      {"any-empty-array-as-text", "value-any-type", "1.1",
       "answers \"\" for an empty array",
       [] { return with_fetched(of<Array>([](Array a) { return a.empty() ? Value("") : a; })); }},
      {"any-empty-struct-as-array", "value-any-type", "1.1",
       "answers [] for an empty struct",
       [] {
         return with_fetched([](Value value) {
           return deep(value, of<Struct>([](Struct s) { return s.empty() ? Value(Array()) : s; }));
         });
       }},
      {"any-numbered-as-array", "value-any-type", "1.1",
       "takes a struct of 0, 1, 2 for an array",
       [] { return with_stored(of<Struct>(as_array_if_numbered)); }},
      {"any-array-of-one", "value-any-type", "1.1", "unwraps an array of one",
       [] { return with_stored(of<Array>([](Array a) { return a.size() == 1 ? a[0] : a; })); }},
      {"any-array-truthy", "value-any-type", "1.1", "drops what is false from arrays",
       [] {
         return with_stored(of<Array>([](Array a) {
           std::erase_if(a, is_falsy);
           return a;
         }));
       }},
      {"any-array-as-set", "value-any-type", "1.1",
       "drops an item that is equal to the one before",
       [] {
         return with_stored(of<Array>([](Array a) {
           a.erase(std::unique(a.begin(), a.end()), a.end());
           return a;
         }));
       }},
      {"any-array-cut", "value-any-type", "1.1", "keeps 128 items of an array",
       [] {
         return with_stored(of<Array>([](Array a) {
           a.resize(std::min<std::size_t>(a.size(), 128));
           return a;
         }));
       }},
      {"any-struct-sorted", "value-any-type", "1.1", "sorts the members of a struct",
       [] {
         return with_stored(of<Struct>([](Struct s) {
           std::sort(s.begin(), s.end(), [](auto& a, auto& b) { return a.name < b.name; });
           return s;
         }));
       }},
      {"any-struct-names-stripped", "value-any-type", "1.1",
       "strips a blank off names of members",
       [] {
         return with_stored(of<Struct>([](Struct s) {
           for (Member& member : s) {
             if (member.name.ends_with(' ')) member.name.pop_back();
           }
           return s;
         }));
       }},
      {"any-strings-inside-stripped", "value-any-type", "1.1",
       "strips line feeds off strings inside",
       [] {
         return with_stored(inside(of_text([](Text text) {
           if (text.ends_with('\n')) text.pop_back();
           return text;
         })));
       }},
      {"any-merged", "value-any-type", "1.1", "merges a struct with an older one",
       [] {
         return with_method("cache.store", [](Service& service, Params params,
                                              const Handler& original) {
           const auto& items = service.cache().items();
           const auto* key = std::get_if<Text>(&params[0]);
           const auto older = key == nullptr ? items.end() : items.find(*key);
           auto* now = std::get_if<Struct>(&params[1]);
           if (now != nullptr && older != items.end() && is<Struct>(older->second)) {
             for (const Member& member : std::get<Struct>(older->second)) {
               if (std::find_if(now->begin(), now->end(), [&](auto& other) {
                     return other.name == member.name;
                   }) == now->end()) now->push_back(member);
             }
           }
           return original(params);
         });
       }},
  };
}

}  // namespace cache_server
