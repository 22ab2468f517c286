// What goes wrong around the store: listing, processes, dispatch, XML and HTTP.

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "call_reader.h"
#include "edit.h"
#include "fault.h"
#include "malformed_call.h"
#include "mutant.h"

namespace cache_server {
namespace {

/// Answers a fetch that a connection has made before as it did then, until something is
/// changed over the same connection.
class ReadCache : public Responder {
 public:
  using Responder::Responder;

  Answer answer(const Request& request, std::uint64_t connection) override {
    auto& seen = seen_[connection];
    const std::string body(request.body);
    if (body.find(">cache.fetch<") == std::string::npos) {
      seen.clear();
      return Responder::answer(request, connection);
    }
    const auto [known, is_new] = seen.try_emplace(body);
    if (is_new) known->second = Responder::answer(request, connection);
    return known->second;
  }

 private:
  std::map<std::uint64_t, std::map<std::string, Answer>> seen_;
};

/// Looks for a field's name as it is usually written.
class ExactFields : public Responder {
 public:
  using Responder::Responder;

  Answer answer(const Request& request, std::uint64_t connection) override {
    for (const Request::Field& field : request.fields) {
      if (field.name == "content-length") return refuse({411, "Length Required"});
    }
    return Responder::answer(request, connection);
  }
};

/// The number that a text is the one way to write of, if it is an index.
std::optional<int> index_of(const std::string& text) {
  int index = -1;
  std::from_chars(text.data(), text.data() + text.size(), index);
  if (index < 0 || std::to_string(index) != text) return std::nullopt;
  return index;
}

template <class Other>
Variant answered_by() {
  return {.make_responder = [](Responder::Handler handler, const Credentials& credentials,
                               bool any_path) -> std::unique_ptr<Responder> {
    return std::make_unique<Other>(std::move(handler), credentials, any_path);
  }};
}

Variant counter_in_a_file() {
  const auto saved = std::make_shared<std::int64_t>(0);
  return both(
      with_method(
          "supervisor.restart",
          [saved](Service& service, const Params& params, const Handler& original) {
            *saved += static_cast<std::int64_t>(service.cache().items().size());
            return original(params);
          }),
      with_method("cache.getCount",
                  [saved](Service&, const Params& params, const Handler& original) {
                    return Value(*saved + std::get<std::int64_t>(original(params)));
                  }));
}

/// Its counter ends with a restart, too: there is a new one for each Service.
Variant counts_false_as_new() {
  return {.edit = [](Service& service) {
    const auto extra = std::make_shared<std::int64_t>(0);
    const auto store = [extra](Service& served, const Params& params,
                               const Handler& original) {
      const auto* key = std::get_if<std::string>(&params[0]);
      const auto& items = served.cache().items();
      if (key != nullptr && items.contains(*key) && items.at(*key) == Value("")) ++*extra;
      return original(params);
    };
    const auto clear = [extra](Service&, const Params& params, const Handler& original) {
      *extra = 0;
      return original(params);
    };
    const auto count = [extra](Service&, const Params& params, const Handler& original) {
      return Value(*extra + std::get<std::int64_t>(original(params)));
    };
    with_method("cache.store", store).edit(service);
    with_method("cache.clear", clear).edit(service);
    with_method("cache.getCount", count).edit(service);
  }};
}

Variant numbers_first() {
  return with_method(
      "cache.getKeys", [](Service&, const Params& params, const Handler& original) {
        Array keys = std::get<Array>(original(params));
        const auto last =
            std::stable_partition(keys.begin(), keys.end(), [](const Value& key) {
              return index_of(std::get<std::string>(key)).has_value();
            });
        std::sort(keys.begin(), last, [](const Value& one, const Value& other) {
          return index_of(std::get<std::string>(one)) <
                 index_of(std::get<std::string>(other));
        });
        return Value(keys);
      });
}

Variant numbers_as_numbers() {
  return with_method("cache.getKeys",
                     [](Service&, const Params& params, const Handler& original) {
                       Array keys = std::get<Array>(original(params));
                       for (Value& key : keys) {
                         if (const auto index = index_of(std::get<std::string>(key)))
                           key = std::int64_t{*index};
                       }
                       return Value(keys);
                     });
}

Variant splits_nothing() {
  return {.edit = [](Service& service) {
    const auto was_deleted = std::make_shared<bool>(false);
    const auto erase = [was_deleted](Service&, const Params& params,
                                     const Handler& original) {
      *was_deleted = true;
      return original(params);
    };
    const auto keys = [was_deleted](Service& served, const Params& params,
                                    const Handler& original) {
      const bool is_empty = served.cache().items().empty();
      return is_empty && *was_deleted ? Value(Array{""}) : original(params);
    };
    with_method("cache.delete", erase).edit(service);
    with_method("cache.getKeys", keys).edit(service);
  }};
}

Variant deletes_to_the_end() {
  return {.edit = [](Service& service) {
    for (Method& method : service.methods()) {
      if (method.name == "cache.delete") method.guard = {};
    }
  }};
}

Variant mixed_in() {
  return {.edit = [](Service& service) {
    static std::deque<std::string> names;
    std::vector<Method> mixed;
    for (const Method& method : service.methods()) {
      if (!method.name.starts_with("cache.")) continue;
      names.push_back("supervisor" + std::string(method.name.substr(5)));
      mixed.push_back(method);
      mixed.back().name = names.back();
    }
    service.methods().insert(service.methods().end(), mixed.begin(), mixed.end());
  }};
}

Variant no_help_for_system() {
  return with_method(
      "system.methodHelp", [](Service&, const Params& params, const Handler& original) {
        const Value help = original(params);
        return std::get<std::string>(params[0]).starts_with("system.") ? Value("") : help;
      });
}

Variant transaction() {
  return with_method("system.multicall", [](Service& service, const Params& params,
                                            const Handler& original) {
    const Cache::Items before = service.cache().items();
    const Value results = original(params);
    for (const Value& result : std::get<Array>(results)) {
      const auto* members = std::get_if<Struct>(&result);
      if (members == nullptr || members->empty() || members->front().name != "faultCode")
        continue;
      service.cache().clear();
      for (const auto& [key, value] : before) service.cache().store(key, value);
    }
    return results;
  });
}

Variant special_methods() {
  return with_method("system.listMethods",
                     [](Service&, const Params& params, const Handler& original) {
                       Array names = std::get<Array>(original(params));
                       names.insert(names.begin(), Value("cache.__init__"));
                       return Value(names);
                     });
}

Variant too_many_is_500() {
  return {.answer = [](Service& service, std::string_view body) {
    Reply reply = service.answer(body);
    if (reply.body.find("INCORRECT_PARAMETERS") == std::string::npos) return reply;
    const Call call = read_call(body);
    for (const Method& method : service.methods()) {
      if (method.name == call.method && call.params.size() > arity(method.signature)) {
        return Reply{500, "text/plain", "TypeError\n"};
      }
    }
    return reply;
  }};
}

Variant unescapes_twice() {
  return with_call([](std::string body) {
    return replaced(replaced(std::move(body), "&amp;lt;", "&lt;"), "&amp;gt;", "&gt;");
  });
}

Variant raw_greater_than() {
  return with_response(
      [](std::string body) { return replaced(std::move(body), "]]&gt;", "]]>"); });
}

Variant version_of_a_file() {
  return with_method("cache.getAPIVersion", [](Service&, const Params&, const Handler&) {
    return Value("0.2\n");
  });
}

}  // namespace

std::vector<Mutant> stranger_wire_mutants() {
  return {
      {"stranger-read-cache", "one-cache", "1.0 1.1",
       "does not see what was changed over another connection, once it has fetched",
       answered_by<ReadCache>},
      {"stranger-exact-fields", "any-client-rpc2", "1.0 1.1",
       "does not know content-length in lower case", answered_by<ExactFields>},
      {"stranger-counter-in-a-file", "gone-after-shutdown", "1.0 1.1",
       "counts on from before supervisor.restart", counter_in_a_file},
      {"stranger-counts-false-as-new", "get-count", "1.0 1.1",
       "counts a key twice whose value was empty, and is replaced", counts_false_as_new},
      {"stranger-numbers-first", "keys-in-order", "1.0 1.1",
       "lists keys that are numbers first and as numbers, as JavaScript does",
       numbers_first},
      {"stranger-numbers-as-numbers", "get-keys", "1.0 1.1",
       "lists keys that are numbers as ints, as PHP does", numbers_as_numbers},
      {"stranger-splits-nothing", "empty-keys", "1.0 1.1",
       "lists one empty key once the last has been deleted", splits_nothing},
      {"stranger-deletes-to-the-end", "shutdown-state", "1.0 1.1",
       "still deletes while it shuts down", deletes_to_the_end},
      {"stranger-mixed-in", "extension-namespaces", "1.0 1.1",
       "serves the cache's methods in supervisor's namespace, too", mixed_in},
      {"stranger-no-help-for-system", "method-help", "1.0 1.1",
       "has no documentation of system's own methods", no_help_for_system},
      {"stranger-transaction", "multicall", "1.0 1.1",
       "takes all of a multicall back if one of its calls is refused", transaction},
      {"stranger-special-methods", "list-methods", "1.0 1.1",
       "lists a method that is not served", special_methods},
      {"stranger-too-many-is-500", "fault-always-possible", "1.0 1.1",
       "answers 500 in place of a fault to too many arguments", too_many_is_500},
      {"stranger-unescapes-twice", "xmlrpc-types", "1.0 1.1",
       "reads the text &lt; as a less-than sign", unescapes_twice},
      {"stranger-raw-greater-than", "response-form", "1.0 1.1",
       "writes ]]> as it is, which XML does not allow", raw_greater_than},
      {"stranger-version-of-a-file", "api-version-0-2", "1.0 1.1",
       "answers the version with the line's end", version_of_a_file},
  };
}

}  // namespace cache_server
