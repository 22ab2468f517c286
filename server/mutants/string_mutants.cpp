#include <string>
#include <utility>

#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;

/// Values that are strings are edited before they are stored.
Variant with_text(std::function<Text(Text text)> edit) {
  return with_method("cache.store", [edit](Service&, Params params, const Handler& original) {
    if (auto* text = std::get_if<Text>(&params[1])) *text = edit(std::move(*text));
    return original(params);
  });
}

/// Strings are edited when they are fetched.
Variant with_fetched(std::function<Value(Text text)> edit) {
  return with_method("cache.fetch", [edit](Service&, const Params& params,
                                           const Handler& original) {
    Value value = original(params);
    auto* text = std::get_if<Text>(&value);
    return text == nullptr ? value : edit(std::move(*text));
  });
}

bool is_empty(const Value& value) { return value == Value(Text()); }

bool is_zero(const Value& value) { return value == Value("0"); }

/// What store does with some values, if the key is a good one, in place of what it did.
Variant store_does(bool (*applies)(const Value& value),
                   std::function<Value(Cache&, const Text& key, const Value& value)> instead) {
  return with_method("cache.store", [=](Service& service, const Params& params,
                                        const Handler& original) {
    const auto* key = std::get_if<Text>(&params[0]);
    if (key == nullptr || key->empty() || !applies(params[1])) return original(params);
    return instead(service.cache(), *key, params[1]);
  });
}

/// Values that 1.0 refuses are kept as they are.
Variant keeps(bool (*applies)(const Value& value)) {
  return store_does(applies, [](Cache& cache, const Text& key, const Value& value) {
    cache.store(key, value);
    return true;
  });
}

template <class T>
bool is(const Value& value) {
  return std::holds_alternative<T>(value);
}

Value refuse() { throw Fault(FaultCode::INCORRECT_PARAMETERS, "Cache data must be a string"); }

/// 0, false and empty containers.
bool is_falsy(const Value& value) {
  return value == Value(false) || value == Value(0.0) || value == Value(std::int64_t{0}) ||
         value == Value(Array()) || value == Value(Struct());
}

/// Without the zeros in front of a number.
Text numbered(Text text) {
  const bool is_number = !text.empty() && text.size() < 10 &&
                         text.find_first_not_of("0123456789") == Text::npos;
  return is_number ? std::to_string(std::stol(text)) : text;
}

}  // namespace

std::vector<Mutant> string_mutants() {
  return {
      // Where values are strings.
      {"string-only-int-as-text", "value-string", "1.0", "turns an integer into text",
       [] {
         return store_does(is<std::int64_t>, [](Cache& cache, const Text& key, const Value& value) {
           cache.store(key, std::to_string(std::get<std::int64_t>(value)));
           return true;
         });
       }},
      {"string-only-boolean-kept", "value-string", "1.0", "keeps booleans",
       [] { return keeps(is<bool>); }},
      {"string-only-double-kept", "value-string", "1.0", "keeps doubles",
       [] { return keeps(is<double>); }},
      {"string-only-date-as-text", "value-string", "1.0", "takes a date for its text",
       [] {
         return store_does(is<DateTime>, [](Cache& cache, const Text& key, const Value& value) {
           cache.store(key, std::get<DateTime>(value).text);
           return true;
         });
       }},
      {"string-only-array-kept", "value-string", "1.0", "keeps arrays",
       [] { return keeps(is<Array>); }},
      {"string-only-struct-kept", "value-string", "1.0", "keeps structs",
       [] { return keeps(is<Struct>); }},
      {"string-only-falsy-kept", "value-string", "1.0", "lets pass what is false",
       [] { return keeps(is_falsy); }},
      {"string-only-ignored", "value-string", "1.0",
       "answers true to an integer, and ignores it",
       [] {
         return store_does(is<std::int64_t>, [](Cache&, const Text&, const Value&) { return true; });
       }},
      {"string-only-too-late", "value-string", "1.0",
       "refuses an array once it is stored",
       [] {
         return store_does(is<Array>, [](Cache& cache, const Text& key, const Value& value) {
           cache.store(key, value);
           return refuse();
         });
       }},
      {"string-only-loses-older", "value-string", "1.0",
       "deletes the older value, then refuses",
       [] {
         return store_does(is<bool>, [](Cache& cache, const Text& key, const Value&) {
           cache.erase(key);
           return refuse();
         });
       }},
      // The empty string.
      {"empty-refused", "value-empty", "1.0 1.1", "refuses an empty value",
       [] {
         return store_does(is_empty, [](Cache&, const Text&, const Value&) { return refuse(); });
       }},
      {"empty-not-stored", "value-empty", "1.0 1.1", "answers true, and stores nothing",
       [] {
         return store_does(is_empty, [](Cache&, const Text&, const Value&) { return true; });
       }},
      {"empty-deletes", "value-empty", "1.0 1.1",
       "deletes the key when an empty value is stored",
       [] {
         return store_does(is_empty, [](Cache& cache, const Text& key, const Value&) {
           cache.erase(key);
           return true;
         });
       }},
      {"empty-overwrites-nothing", "value-empty", "1.0 1.1",
       "keeps the older value for an empty one",
       [] {
         return store_does(is_empty, [](Cache& cache, const Text& key, const Value& value) {
           if (!cache.items().contains(key)) cache.store(key, value);
           return true;
         });
       }},
      {"empty-is-missing", "value-empty", "1.0 1.1",
       "takes an empty value for a missing one",
       [] {
         return with_fetched([](Text text) {
           if (text.empty()) throw Fault(FaultCode::BAD_NAME);
           return Value(text);
         });
       }},
      {"empty-as-blank", "value-empty", "1.0 1.1", "stores a blank for an empty value",
       [] { return with_text([](Text text) { return text.empty() ? " " : text; }); }},
      {"empty-as-false", "value-empty", "1.0 1.1", "answers false for an empty value",
       [] {
         return with_fetched([](Text text) { return text.empty() ? Value(false) : text; });
       }},
      // Any other string.
      {"text-zero-not-stored", "store", "1.0 1.1",
       "does not store 0, which is false to it",
       [] {
         return store_does(is_zero, [](Cache&, const Text&, const Value&) { return true; });
       }},
      {"text-chomped", "store", "1.0 1.1", "takes a line feed off the end of a value",
       [] {
         return with_text([](const Text& text) {
           return text.size() > 1 && text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
         });
       }},
      {"text-blank-first", "fetch", "1.0 1.1",
       "drops a blank at the beginning of a value",
       [] {
         return with_fetched([](const Text& text) {
           return Value(text.size() > 1 && text.starts_with(' ') ? text.substr(1) : text);
         });
       }},
      {"text-tabs-as-blanks", "store", "1.0 1.1", "replaces tabs by blanks",
       [] { return with_text([](Text text) { return replaced(text, "\t", " "); }); }},
      {"text-unescaped-twice", "fetch", "1.0 1.1", "resolves &lt; once more",
       [] { return with_fetched([](Text text) { return replaced(text, "&lt;", "<"); }); }},
      {"text-composed", "store", "1.0 1.1", "composes e and its accent (NFC)",
       [] { return with_text([](Text text) { return replaced(text, "e\u0301", "\u00e9"); }); }},
      {"text-without-bom", "store", "1.0 1.1", "drops the mark U+FEFF",
       [] { return with_text([](Text text) { return replaced(text, "\ufeff", ""); }); }},
      {"text-without-joiners", "fetch", "1.0 1.1", "drops joiners between signs",
       [] { return with_fetched([](Text text) { return replaced(text, "\u200d", ""); }); }},
      {"text-quotes-escaped", "store", "1.0 1.1", "escapes quotes, and never back",
       [] { return with_text([](Text text) { return replaced(text, "'", "\\'"); }); }},
      {"text-figures-as-int", "fetch", "1.0 1.1",
       "answers four figures and more as an integer",
       [] {
         return with_fetched([](Text text) {
           const bool is_number = text.size() > 3 && text.size() < 9 &&
                                  text.find_first_not_of("0123456789") == Text::npos;
           return is_number && text.front() != '0' ? Value(std::int64_t{std::stol(text)}) : text;
         });
       }},
      {"text-zeros-lost", "store", "1.0 1.1", "keeps 007 as 7",
       [] { return with_text(numbered); }},
      {"text-true", "store", "1.0 1.1", "keeps true as True",
       [] {
         return with_text([](const Text& text) { return text == "true" ? "True" : text; });
       }},
      {"text-cut-at-64-kib", "store", "1.0 1.1", "keeps 65,535 bytes of a value",
       [] { return with_text([](Text text) { return text.substr(0, 65535); }); }},
      {"text-cut-at-1-mib", "store", "1.0 1.1", "keeps 1,048,576 bytes of a value",
       [] { return with_text([](Text text) { return text.substr(0, 1048576); }); }},
      {"text-split-letter", "fetch", "1.0 1.1",
       "reads 16 KiB at a time, and a letter across is lost",
       [] {
         return with_fetched([](Text text) {
           for (std::size_t at = 16384; at < text.size(); at += 16384) {
             if ((text[at] & 0xC0) == 0x80) text[at - 1] = text[at] = '?';
           }
           return Value(text);
         });
       }},
  };
}

}  // namespace cache_server
