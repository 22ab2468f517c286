#include <initializer_list>
#include <utility>

#include "cache.h"
#include "edit.h"
#include "fault.h"
#include "mutant.h"

namespace cache_server {
namespace {

/// system.listMethods with its answer edited.
Variant with_list(Array (*edit)(Array names)) {
  return with_method("system.listMethods", [=](Service&, const Params& params,
                                               const Handler& original) {
    return edit(std::get<Array>(original(params)));
  });
}

Array without(Array names, std::string_view begin) {
  std::erase_if(names, [=](const Value& name) {
    return std::get<std::string>(name).starts_with(begin);
  });
  return names;
}

bool is_text(const Value& value, std::string_view text) {
  const auto* string = std::get_if<std::string>(&value);
  return string != nullptr && *string == text;
}

/// system.methodHelp with another answer for some names, or a Fault; `original` gives the
/// help of any method.
Variant with_help(Value (*help)(const Value& name, const Handler& original)) {
  return with_method("system.methodHelp", [=](Service&, const Params& params,
                                              const Handler& original) {
    return help(params[0], original);
  });
}

/// A variant with further names for methods of the cache.
Variant with_names(std::initializer_list<std::pair<std::string_view, std::string_view>> names) {
  return {.edit = [names = std::vector(names)](Service& service) {
    const std::vector<Method> methods = service.methods();
    for (Method method : methods) {
      for (const auto& [name, of] : names) {
        if (method.name != of) continue;
        Method another = method;
        another.name = name;
        service.methods().push_back(another);
      }
    }
  }};
}

/// A variant with each method whose name begins so edited.
Variant with_rows(std::string_view begin, void (*edit)(Method& method, const Guard& of_cache)) {
  return {.edit = [=](Service& service) {
    const Guard of_cache = service.methods().front().guard;
    for (Method& method : service.methods()) {
      if (method.name.starts_with(begin)) edit(method, of_cache);
    }
  }};
}

std::vector<Mutant> introspection() {
  return {
      {"list-lacks-clear", "list-methods", "1.0 1.1", "cache.clear is not listed",
       [] { return with_list([](Array names) { return without(names, "cache.clear"); }); }},
      {"list-lacks-system", "list-methods", "1.0 1.1", "no system.* is listed",
       [] { return with_list([](Array names) { return without(names, "system."); }); }},
      {"list-lacks-supervisor", "list-methods", "1.0 1.1", "no supervisor.* is listed",
       [] { return with_list([](Array names) { return without(names, "supervisor."); }); }},
      {"list-unserved", "list-methods", "1.0 1.1", "a method is listed that is not served",
       [] {
         return with_list([](Array names) {
           names.emplace_back("cache.getValues");
           return names;
         });
       }},
      {"list-with-nothing", "list-methods", "1.0 1.1", "an empty name is listed, for the root",
       [] {
         return with_list([](Array names) {
           names.emplace(names.begin(), "");
           return names;
         });
       }},
      {"help-empty", "method-help", "1.0 1.1", "getCount has no help",
       [] {
         return with_help([](const Value& name, const Handler& original) -> Value {
           return is_text(name, "cache.getCount") ? Value("") : original({name});
         });
       }},
      {"help-same", "method-help", "1.0 1.1", "every method of the cache has the help of the first",
       [] {
         return with_help([](const Value& name, const Handler& original) {
           const Value help = original({name});
           const bool cache = std::get<std::string>(name).starts_with("cache.");
           return cache ? original({"cache.clear"}) : help;
         });
       }},
      {"help-name", "method-help", "1.0 1.1", "the help is the method's name",
       [] {
         return with_help([](const Value& name, const Handler& original) {
           original({name});
           return name;
         });
       }},
      {"help-refused", "method-help", "1.0 1.1", "there is no help for clear",
       [] {
         return with_help([](const Value& name, const Handler& original) {
           if (is_text(name, "cache.clear")) throw Fault(FaultCode::SIGNATURE_UNSUPPORTED);
           return original({name});
         });
       }},
      {"help-unknown", "method-help", "1.0 1.1", "the help for what is not there is empty",
       [] {
         return with_help([](const Value& name, const Handler& original) -> Value {
           try {
             return original({name});
           } catch (const Fault&) {
             return "";
           }
         });
       }},
  };
}

std::vector<Mutant> namespaces() {
  return {
      {"namespace-left-out", "extension-namespaces", "1.0 1.1", "methods are served without it, too",
       [] {
         return with_names({{"store", "cache.store"}, {"fetch", "cache.fetch"},
                            {"delete", "cache.delete"}, {"getKeys", "cache.getKeys"}});
       }},
      {"namespace-of-supervisor", "extension-namespaces", "1.0 1.1",
       "methods are served in Supervisor's, too",
       [] {
         return with_names({{"supervisor.store", "cache.store"},
                            {"supervisor.getKeys", "cache.getKeys"}});
       }},
      {"namespace-overruled", "extension-namespaces", "1.0 1.1",
       "Supervisor's getAPIVersion is the cache's",
       [] {
         return with_method("supervisor.getAPIVersion", [](Service& service, const Params& params,
                                                           const Handler&) {
           return call_method(service.methods(), "1.0", "cache.getAPIVersion", params);
         });
       }},
  };
}

std::vector<Mutant> shutting_down() {
  return {
      {"shutdown-stores", "shutdown-state", "1.0 1.1", "store goes on",
       [] {
         return with_rows("cache.store", [](Method& method, const Guard&) { method.guard = {}; });
       }},
      {"shutdown-lists", "shutdown-state", "1.0 1.1", "getKeys and getCount go on",
       [] {
         return with_rows("cache.get", [](Method& method, const Guard&) { method.guard = {}; });
       }},
      {"shutdown-code", "shutdown-state", "1.0 1.1", "refused with code 30",
       [] {
         return with_rows("cache.", [](Method& method, const Guard& guard) {
           method.guard = [guard] {
             try {
               guard();
             } catch (const Fault&) {
               throw Fault(FaultCode::FAILED);
             }
           };
         });
       }},
      {"shutdown-refuses-system", "shutdown-state", "1.0 1.1", "introspection is refused, too",
       [] {
         return with_rows("system.method", [](Method& method, const Guard& guard) {
           method.guard = guard;
         });
       }},
  };
}

}  // namespace

std::vector<Mutant> system_mutants() {
  std::vector<Mutant> all;
  for (const auto& list : {introspection(), namespaces(), shutting_down()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

}  // namespace cache_server
