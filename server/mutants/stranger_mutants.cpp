// What goes wrong behind the methods: the store that somebody happens to have at hand.
// stranger_wire_mutants.cpp has what goes wrong around it.

#include <fnmatch.h>

#include <cstdlib>
#include <list>
#include <map>
#include <memory>
#include <utility>

#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

/// Made anew for each Service, so that what it remembers ends with a restart.
Variant forgetful(Variant (*make)()) {
  return {.edit = [make](Service& service) { make().edit(service); }};
}

/// A variant in which the value is edited before it is stored.
Variant with_stored(Value (*edit)(const Value&)) {
  return with_method("cache.store",
                     [edit](Service&, const Params& params, const Handler& original) {
                       return original({params[0], edit(params[1])});
                     });
}

/// `text` up to `size`, or a little less: no character is cut.
std::string cut(const std::string& text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (text[size] & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

Variant zero_is_empty() {
  return with_method("cache.store",
                     [](Service&, const Params& params, const Handler& original) {
                       if (params[0] == Value("0")) throw Fault(FaultCode::BAD_NAME);
                       return original(params);
                     });
}

Variant char_column() {
  Variant variant;
  for (const std::string_view name : {"cache.store", "cache.fetch", "cache.delete"}) {
    variant = both(
        variant, with_method(name, [](Service&, Params params, const Handler& original) {
          if (auto* key = std::get_if<std::string>(&params[0])) {
            key->erase(key->find_last_not_of(' ') + 1);
          }
          return original(params);
        }));
  }
  return variant;
}

Variant key_is_text_of_date() {
  return with_method("cache.store", [](Service&, Params params, const Handler& original) {
    if (const auto* date = std::get_if<DateTime>(&params[0])) {
      params[0] = std::string(date->text);
    }
    return original(params);
  });
}

Variant blocks_stay() {
  return with_method(
      "cache.store", [](Service& service, Params params, const Handler& original) {
        constexpr std::size_t kBlock = 4096;
        const auto* key = std::get_if<std::string>(&params[0]);
        auto* text = std::get_if<std::string>(&params[1]);
        if (key == nullptr || text == nullptr) return original(params);
        const auto item = service.cache().items().find(*key);
        if (item == service.cache().items().end()) return original(params);
        const auto* old = std::get_if<std::string>(&item->second);
        const std::size_t end = (text->size() / kBlock + 1) * kBlock;
        if (old != nullptr && old->size() > end && (old->at(end) & 0xC0) != 0x80) {
          *text += old->substr(end);
        }
        return original(params);
      });
}

Variant empty_changes_nothing() {
  return with_method(
      "cache.store", [](Service& service, const Params& params, const Handler& original) {
        const auto* key = std::get_if<std::string>(&params[0]);
        const bool is_there = key != nullptr && service.cache().items().contains(*key);
        return is_there && params[1] == Value("") ? Value(true) : original(params);
      });
}

Variant text_column() {
  return with_stored([](const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? value : Value(cut(*text, 65535));
  });
}

Variant three_byte_characters() {
  return with_stored([](const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr
               ? value
               : Value(text->substr(0, text->find_first_of("\xF0\xF1\xF2\xF3\xF4")));
  });
}

Variant numbered_struct_is_array() {
  return with_stored([](const Value& value) {
    const auto* members = std::get_if<Struct>(&value);
    if (members == nullptr || members->empty()) return value;
    Array items;
    for (const Member& member : *members) {
      if (member.name != std::to_string(items.size())) return value;
      items.push_back(member.value);
    }
    return Value(items);
  });
}

Variant six_decimals() {
  return with_stored([](const Value& value) {
    const auto* number = std::get_if<double>(&value);
    return number == nullptr
               ? value
               : Value(std::strtod(std::to_string(*number).c_str(), nullptr));
  });
}

Variant bounded() {
  return with_method("cache.store", [order = std::make_shared<std::list<std::string>>()](
                                        Service& service, const Params& params,
                                        const Handler& original) {
    const Value result = original(params);
    order->remove(std::get<std::string>(params[0]));
    order->push_back(std::get<std::string>(params[0]));
    while (service.cache().items().size() > 256) {
      service.cache().erase(order->front());
      order->pop_front();
    }
    return result;
  });
}

Variant versions() {
  const auto old = std::make_shared<std::map<std::string, Array>>();
  const Variant store =
      with_method("cache.store",
                  [old](Service& service, const Params& params, const Handler& original) {
                    const auto* key = std::get_if<std::string>(&params[0]);
                    const auto& items = service.cache().items();
                    if (key != nullptr && items.contains(*key))
                      (*old)[*key].push_back(items.at(*key));
                    return original(params);
                  });
  const Variant erase = with_method(
      "cache.delete",
      [old](Service& service, const Params& params, const Handler& original) {
        const Value result = original(params);
        Array& values = (*old)[std::get<std::string>(params[0])];
        if (!values.empty()) {
          service.cache().store(std::get<std::string>(params[0]), values.back());
          values.pop_back();
        }
        return result;
      });
  const Variant clear = with_method(
      "cache.clear", [old](Service&, const Params& params, const Handler& original) {
        old->clear();
        return original(params);
      });
  return both(both(store, erase), clear);
}

Variant glob() {
  return with_method("cache.delete", [](Service& service, const Params& params,
                                        const Handler& original) {
    const Value result = original(params);
    std::vector<std::string> matching;
    for (const auto& [key, value] : service.cache().items()) {
      if (::fnmatch(std::get<std::string>(params[0]).c_str(), key.c_str(), 0) == 0) {
        matching.push_back(key);
      }
    }
    for (const std::string& key : matching) service.cache().erase(key);
    return result;
  });
}

Variant batch() {
  return with_method("cache.clear", [](Service& service, const Params&, const Handler&) {
    const auto& items = service.cache().items();
    for (int n = 0; n < 100 && !items.empty(); ++n) {
      service.cache().erase(std::string(items.begin()->first));
    }
    return Value(true);
  });
}

Variant false_when_empty() {
  return with_method("cache.delete",
                     [](Service& service, const Params& params, const Handler& original) {
                       const bool was_empty = service.cache().items().empty();
                       original(params);
                       return Value(!was_empty);
                     });
}

Variant several_at_once() {
  return with_method("cache.delete",
                     [](Service&, const Params& params, const Handler& original) {
                       const auto* keys = std::get_if<Array>(&params[0]);
                       if (keys == nullptr) return original(params);
                       for (const Value& key : *keys) original({key});
                       return Value(true);
                     });
}

Variant inherited_names() {
  return with_method(
      "cache.fetch", [](Service& service, const Params& params, const Handler& original) {
        const auto* key = std::get_if<std::string>(&params[0]);
        const bool is_inherited =
            key != nullptr && (*key == "constructor" || *key == "toString");
        if (is_inherited && !service.cache().items().contains(*key))
          return Value("function");
        return original(params);
      });
}

}  // namespace

std::vector<Mutant> stranger_mutants() {
  std::vector<Mutant> mutants = {
      {"stranger-zero-is-empty", "store", "1.0 1.1",
       "takes the key 0 for an empty one, as PHP's empty() does", zero_is_empty},
      {"stranger-char-column", "get-keys", "1.0 1.1",
       "drops blanks at a key's end, as a column of type CHAR does", char_column},
      {"stranger-key-is-text-of-date", "key-string", "1.0 1.1",
       "stores under a dateTime, which it takes for a string", key_is_text_of_date},
      {"stranger-blocks-stay", "store", "1.0 1.1",
       "leaves the blocks of a longer value that a shorter one does not reach",
       blocks_stay},
      {"stranger-empty-changes-nothing", "value-empty", "1.0 1.1",
       "does not replace a value by an empty one", empty_changes_nothing},
      {"stranger-text-column", "fetch", "1.0 1.1",
       "cuts strings to the 65,535 bytes of a column of type TEXT", text_column},
      {"stranger-three-byte-characters", "store", "1.0 1.1",
       "ends a string before a character of four bytes, as MySQL's utf8 does",
       three_byte_characters},
      {"stranger-numbered-struct-is-array", "value-any-type", "1.1",
       "takes a struct of members 0, 1, 2 for an array, as PHP does",
       numbered_struct_is_array},
      {"stranger-six-decimals", "value-any-type", "1.1",
       "keeps six decimals of a double, as %f does", six_decimals},
      {"stranger-bounded", "kept-until-deleted", "1.0 1.1",
       "keeps the 256 keys that were stored last", [] { return forgetful(bounded); }},
      {"stranger-versions", "delete", "1.0 1.1",
       "deletes the last version of a value, and has the one before again",
       [] { return forgetful(versions); }},
      {"stranger-glob", "delete-others-stay", "1.0 1.1",
       "deletes all keys that match, as of a pattern", glob},
      {"stranger-batch", "clear", "1.0 1.1", "clears no more than 100 keys at once",
       batch},
      {"stranger-false-when-empty", "delete-missing", "1.0 1.1",
       "answers false to a delete where nothing is stored at all", false_when_empty},
      {"stranger-several-at-once", "bad-name", "1.0 1.1",
       "takes an array of keys to delete", several_at_once},
      {"stranger-inherited-names", "fetch", "1.0 1.1",
       "finds what every object of JavaScript has", inherited_names},
  };
  const std::vector<Mutant> others = stranger_wire_mutants();
  mutants.insert(mutants.end(), others.begin(), others.end());
  return mutants;
}

}  // namespace cache_server
