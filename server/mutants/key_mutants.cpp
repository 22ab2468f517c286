#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;

/// The key of store, fetch and delete is edited before it is looked at.
Variant with_key(std::function<Value(const Value& key)> edit) {
  const auto edited = [edit](Service&, Params params, const Handler& original) {
    params[0] = edit(params[0]);
    return original(params);
  };
  return both(both(with_method("cache.store", edited), with_method("cache.fetch", edited)),
              with_method("cache.delete", edited));
}

/// The same for keys that are strings.
Variant with_text(std::function<Text(Text key)> edit) {
  return with_key([edit](const Value& key) -> Value {
    const auto* text = std::get_if<Text>(&key);
    return text == nullptr ? key : Value(edit(*text));
  });
}

/// The key if it is a string.
Text text_of(const Value& key) {
  const auto* text = std::get_if<Text>(&key);
  return text == nullptr ? "" : *text;
}

bool is_empty(const Value& key) { return key == Value(Text()); }

Text stripped(Text key) {
  const char* blanks = " \t\r\n";
  key.erase(0, key.find_first_not_of(blanks));
  return key.erase(key.find_last_not_of(blanks) + 1);
}

Text lowered(Text key) {
  std::transform(key.begin(), key.end(), key.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return key;
}

Text percent_decoded(const Text& key) {
  Text plain;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '%' && i + 2 < key.size() && std::isxdigit(key[i + 1]) &&
        std::isxdigit(key[i + 2])) {
      plain += static_cast<char>(std::stoi(key.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      plain += key[i];
    }
  }
  return plain;
}

template <class Number>
Value as_text(const Value& key) {
  const auto* number = std::get_if<Number>(&key);
  return number == nullptr ? key : Value(std::to_string(*number));
}

Value boolean_as_text(const Value& key) {
  const auto* boolean = std::get_if<bool>(&key);
  return boolean == nullptr ? key : Value(*boolean ? "True" : "False");
}

Value first_of_array(const Value& key) {
  const auto* array = std::get_if<Array>(&key);
  return array == nullptr || array->empty() ? key : array->front();
}

/// A refused key is stored under a text of its own all the same: looked at too late.
Variant stored_before_it_is_checked(std::function<Text(const Value& key)> text) {
  return with_method("cache.store", [text](Service& service, const Params& params,
                                           const Handler& original) {
    const Text late = text(params[0]);
    if (!late.empty()) service.cache().store(late, params[1]);
    return original(params);
  });
}

/// Keys with the same `hash` are one: the one that was stored first.
Variant by_hash(Text (*hash)(const Text& key)) {
  const auto keys = std::make_shared<std::map<Text, Text>>();
  return with_text([=](Text key) {
    return key.empty() ? key : keys->try_emplace(hash(key), key).first->second;
  });
}

Text sum_of_bytes(const Text& key) {
  unsigned sum = 0;
  for (const char c : key) sum += static_cast<unsigned char>(c);
  return std::to_string(sum) + " " + std::to_string(key.size());
}

/// 32 bits, in which the low bit of each character is dropped.
Text weak_crc(const Text& key) {
  unsigned hash = 2166136261U;
  for (const char c : key) hash = (hash ^ (static_cast<unsigned char>(c) | 1U)) * 16777619U;
  return std::to_string(hash);
}

/// What a method answers for the empty key, without a look at it.
Variant for_empty_key(std::string_view method, Value (*answer)(Service&, const Params&)) {
  return with_method(method, [answer](Service& service, const Params& params,
                                      const Handler& original) {
    return is_empty(params[0]) ? answer(service, params) : original(params);
  });
}

}  // namespace

std::vector<Mutant> key_mutants() {
  return {
      {"key-cut-at-255", "store", "1.0 1.1", "keeps 255 bytes of a key",
       [] { return with_text([](Text key) { return key.substr(0, 255); }); }},
      {"key-cut-at-4096", "kept-until-deleted", "1.0 1.1", "keeps 4,096 bytes of a key",
       [] { return with_text([](Text key) { return key.substr(0, 4096); }); }},
      {"key-stripped", "kept-until-deleted", "1.0 1.1", "strips blanks around a key",
       [] { return with_text(stripped); }},
      {"key-chomped", "fetch", "1.0 1.1", "takes one line feed off the end of a key",
       [] {
         return with_text([](const Text& key) {
           return key.size() > 1 && key.ends_with('\n') ? key.substr(0, key.size() - 1) : key;
         });
       }},
      {"key-lower-case", "get-keys", "1.0 1.1", "keeps keys in lower case",
       [] { return with_text(lowered); }},
      {"key-composed", "kept-until-deleted", "1.0 1.1", "composes e and its accent (NFC)",
       [] { return with_text([](Text key) { return replaced(key, "e\u0301", "\u00e9"); }); }},
      {"key-kelvin", "store", "1.0 1.1", "takes the sign for Kelvin for a K (NFC)",
       [] { return with_text([](Text key) { return replaced(key, "\u212a", "K"); }); }},
      {"key-one-line", "store", "1.0 1.1", "cuts a key at its first line feed",
       [] {
         return with_text([](const Text& key) {
           return key.starts_with('\n') ? key : key.substr(0, key.find('\n'));
         });
       }},
      {"key-blanks-to-one", "store", "1.0 1.1", "makes two blanks one",
       [] { return with_text([](Text key) { return replaced(key, "  ", " "); }); }},
      {"key-is-a-path", "fetch", "1.0 1.1", "keeps keys as names of files: // is /",
       [] { return with_text([](Text key) { return replaced(key, "//", "/"); }); }},
      {"key-percent-decoded", "fetch", "1.0 1.1", "decodes %XX in a key",
       [] { return with_text(percent_decoded); }},
      {"key-bmp-only", "get-keys", "1.0 1.1", "replaces what is beyond the BMP",
       [] {
         return with_text([](Text key) {
           for (std::size_t at; (at = key.find_first_of("\xf0\xf1\xf2\xf3\xf4")) != Text::npos;) {
             key.replace(at, 4, "\ufffd");
           }
           return key;
         });
       }},
      {"key-invisible-dropped", "store", "1.0 1.1", "drops zero-width spaces",
       [] { return with_text([](Text key) { return replaced(key, "\u200b", ""); }); }},
      {"key-quotes-doubled", "get-keys", "1.0 1.1", "escapes quotes, and never back",
       [] { return with_text([](Text key) { return replaced(key, "'", "''"); }); }},
      {"key-hash-sum", "kept-until-deleted", "1.0 1.1",
       "finds keys by the sum of their bytes",
       [] { return by_hash(sum_of_bytes); }},
      {"key-hash-weak", "fetch", "1.0 1.1", "finds keys by a hash that loses a bit",
       [] { return by_hash(weak_crc); }},
      {"key-proto-lost", "store", "1.0 1.1",
       "loses __proto__, a name of its language's objects",
       [] {
         return with_method("cache.store", [](Service&, const Params& params,
                                              const Handler& original) {
           return text_of(params[0]) == "__proto__" ? Value(true) : original(params);
         });
       }},
      {"key-inherited", "fetch", "1.0 1.1", "answers for toString what every object has",
       [] {
         return with_method("cache.fetch", [](Service& service, const Params& params,
                                              const Handler& original) {
           const Text key = text_of(params[0]);
           return key == "toString" && !service.cache().items().contains(key)
                      ? Value("function toString() { [native code] }")
                      : original(params);
         });
       }},
      {"key-int-taken", "key-string", "1.0 1.1", "turns an integer into text",
       [] { return with_key(as_text<std::int64_t>); }},
      {"key-double-taken", "key-string", "1.0 1.1", "turns a double into text",
       [] { return with_key(as_text<double>); }},
      {"key-boolean-taken", "key-string", "1.0 1.1", "turns a boolean into text",
       [] { return with_key(boolean_as_text); }},
      {"key-date-taken", "key-string", "1.0 1.1", "takes a date for its text",
       [] {
         return with_key([](const Value& key) {
           const auto* date = std::get_if<DateTime>(&key);
           return date == nullptr ? key : Value(date->text);
         });
       }},
      {"key-array-taken", "key-string", "1.0 1.1", "takes the first item of an array",
       [] { return with_key(first_of_array); }},
      {"key-struct-taken", "key-string", "1.0 1.1", "takes the first member of a struct",
       [] {
         return with_key([](const Value& key) {
           const auto* members = std::get_if<Struct>(&key);
           return members == nullptr || members->empty() ? key : members->front().value;
         });
       }},
      {"key-zero-taken", "key-string", "1.0 1.1", "takes 0 and false for \"0\"",
       [] {
         return with_key([](const Value& key) -> Value {
           return key == Value(false) || key == Value(std::int64_t{0}) ? Value("0") : key;
         });
       }},
      {"key-int-fetched", "key-string", "1.0 1.1", "fetches \"5\" for 5",
       [] {
         return with_method("cache.fetch", [](Service&, Params params, const Handler& original) {
           params[0] = as_text<std::int64_t>(params[0]);
           return original(params);
         });
       }},
      {"key-int-deleted", "key-string", "1.0 1.1", "deletes \"5\" for 5",
       [] {
         return with_method("cache.delete", [](Service&, Params params, const Handler& original) {
           params[0] = as_text<std::int64_t>(params[0]);
           return original(params);
         });
       }},
      {"key-array-deletes-each", "key-string", "1.0 1.1", "deletes each key of an array",
       [] {
         return with_method("cache.delete", [](Service& service, const Params& params,
                                               const Handler& original) {
           const auto* keys = std::get_if<Array>(&params[0]);
           if (keys == nullptr) return original(params);
           for (const Value& key : *keys) service.cache().erase(text_of(key));
           return Value(true);
         });
       }},
      {"key-checked-late", "key-string", "1.0 1.1",
       "refuses an integer once it is stored as text",
       [] {
         return stored_before_it_is_checked([](const Value& key) {
           return text_of(key).empty() ? text_of(as_text<std::int64_t>(key)) : "";
         });
       }},
      {"key-empty-taken", "key-not-empty", "1.0 1.1", "stores under the empty key",
       [] {
         return for_empty_key("cache.store", [](Service& service, const Params& params) {
           service.cache().store("", params[1]);
           return Value(true);
         });
       }},
      {"key-empty-ignored", "key-not-empty", "1.0 1.1",
       "answers true where a key is empty",
       [] {
         return for_empty_key("cache.store", [](Service&, const Params&) { return Value(true); });
       }},
      {"key-empty-named", "key-not-empty", "1.0 1.1",
       "refuses the empty key, and stores under None",
       [] {
         return stored_before_it_is_checked([](const Value& key) -> Text {
           return is_empty(key) ? "None" : "";
         });
       }},
      {"key-empty-fetched", "key-not-empty", "1.0 1.1", "answers \"\" for the empty key",
       [] {
         return for_empty_key("cache.fetch", [](Service&, const Params&) { return Value(""); });
       }},
      {"key-empty-deleted", "key-not-empty", "1.0 1.1",
       "answers true when the empty key is deleted",
       [] {
         return for_empty_key("cache.delete", [](Service&, const Params&) { return Value(true); });
       }},
      {"key-blank-refused", "key-not-empty", "1.0 1.1",
       "takes a key of blanks for an empty one",
       [] {
         return with_text([](Text key) { return stripped(key).empty() ? "" : key; });
       }},
  };
}

}  // namespace cache_server
