#include <algorithm>
#include <regex>
#include <string>

#include "edit.h"
#include "fault.h"
#include "mutant.h"
#include "response_writer.h"

namespace cache_server {
namespace {

constexpr std::string_view kName = "<methodName>";
constexpr std::string_view kParam = "<param>";
constexpr std::string_view kParams = "</params>";

/// The method of a call as its text has it.
std::string method_of(const std::string& body) {
  const std::size_t begin = std::min(body.find(kName), body.size());
  const std::size_t name = std::min(begin + kName.size(), body.size());
  return body.substr(name, body.find("</methodName>") - name);
}

/// Calls with the method's name edited.
Variant with_names_edited(std::string (*edit)(std::string name)) {
  return with_call([=](std::string body) {
    const std::string name = method_of(body);
    const std::size_t at = body.find(kName);
    return at == body.npos ? body : body.replace(at + kName.size(), name.size(), edit(name));
  });
}

/// Calls of `method` that keep no more than `count` parameters.
Variant with_further_ignored(std::string_view method, int count) {
  return with_call([=](std::string body) {
    const std::size_t end = body.rfind(kParams);
    if (method_of(body) != method || end == body.npos) return body;
    std::size_t at = body.find(kParam);
    for (int i = 0; i < count && at != body.npos; ++i) at = body.find(kParam, at + 1);
    return at == body.npos ? body : body.erase(at, end - at);
  });
}

/// Faults with this code in them answered otherwise.
Variant with_fault(FaultCode code, void (*edit)(Reply& reply)) {
  return {.answer = [=](Service& service, std::string_view body) {
    Reply reply = service.answer(body);
    const bool is_it = reply.body.find("<fault>") != std::string::npos &&
                       reply.body.find("<int>" + std::to_string(static_cast<int>(code)) + "<") !=
                           std::string::npos;
    if (is_it) edit(reply);
    return reply;
  }};
}

std::vector<Mutant> parameters() {
  return {
      {"fetch-default", "fault-always-possible", "1.0 1.1", "further parameters of fetch are ignored",
       [] { return with_further_ignored("cache.fetch", 1); }},
      {"store-lifetime", "fault-always-possible", "1.0 1.1", "store ignores a third parameter",
       [] { return with_further_ignored("cache.store", 2); }},
      {"keys-pattern", "fault-always-possible", "1.0 1.1", "getKeys ignores a pattern",
       [] { return with_further_ignored("cache.getKeys", 0); }},
      {"clear-pattern", "fault-always-possible", "1.0 1.1", "clear ignores a pattern, and clears all",
       [] { return with_further_ignored("cache.clear", 0); }},
      {"list-pattern", "fault-always-possible", "1.0 1.1", "listMethods ignores a parameter",
       [] { return with_further_ignored("system.listMethods", 0); }},
      {"store-nothing", "fault-always-possible", "1.0 1.1", "store without a value stores an empty string",
       [] {
         return with_call([](std::string body) {
           const std::size_t first = body.find(kParam);
           if (method_of(body) != "cache.store" || first == body.npos ||
               body.find(kParam, first + 1) != body.npos) {
             return body;
           }
           return body.insert(body.rfind(kParams), "<param><value/></param>");
         });
       }},
      {"fetch-nothing", "fault-always-possible", "1.0 1.1", "fetch without a key is an empty array",
       [] {
         return Variant{.answer = [](Service& service, std::string_view body) {
           const std::string call(body);
           const bool is_it = method_of(call) == "cache.fetch" && call.find(kParam) == call.npos;
           return is_it ? Reply{.body = write_response(Array{})} : service.answer(body);
         }};
       }},
      {"arity-of-json", "fault-always-possible", "1.0 1.1", "wrong arguments have JSON-RPC's code",
       [] {
         return with_fault(FaultCode::INCORRECT_PARAMETERS, [](Reply& reply) {
           reply.body = replaced(reply.body, "<int>2<", "<int>-32602<");
         });
       }},
  };
}

std::vector<Mutant> names() {
  return {
      {"name-any-case", "fault-always-possible", "1.0 1.1", "methods are found in any case",
       [] {
         return with_names_edited([](std::string name) {
           static const std::regex keys("cache\\.getkeys", std::regex::icase);
           static const std::regex store("cache\\.store", std::regex::icase);
           if (std::regex_match(name, store)) return std::string("cache.store");
           return std::regex_match(name, keys) ? "cache.getKeys" : name;
         });
       }},
      {"name-snake-case", "fault-always-possible", "1.0 1.1", "methods have a name in snake case, too",
       [] {
         return with_names_edited([](std::string name) {
           return replaced(replaced(name, "cache.get_keys", "cache.getKeys"), "cache.get_count",
                           "cache.getCount");
         });
       }},
      {"name-synonyms", "fault-always-possible", "1.0 1.1", "set, get and remove are served",
       [] {
         return with_names_edited([](std::string name) {
           if (name == "cache.set") return std::string("cache.store");
           if (name == "cache.get") return std::string("cache.fetch");
           return name == "cache.remove" ? "cache.delete" : name;
         });
       }},
      {"name-trimmed", "fault-always-possible", "1.0 1.1", "blanks around a method's name are left out",
       [] {
         return with_names_edited([](std::string name) {
           return std::regex_replace(name, std::regex("^\\s+|\\s+$"), "");
         });
       }},
      {"name-last-part", "fault-always-possible", "1.0 1.1", "of a name with more dots the first two parts count",
       [] {
         return with_names_edited([](std::string name) {
           return std::regex_replace(name, std::regex("^(\\w+\\.\\w+)\\..*"), "$1");
         });
       }},
      {"name-private", "fault-always-possible", "1.0 1.1", "the method by which others store is served",
       [] {
         return with_names_edited([](std::string name) {
           return name == "cache._update" ? "cache.getAPIVersion" : name;
         });
       }},
      {"unknown-nothing", "fault-always-possible", "1.0 1.1", "unknown methods answer an empty string",
       [] {
         return with_fault(FaultCode::UNKNOWN_METHOD, [](Reply& reply) {
           reply.body = write_response("");
         });
       }},
      {"unknown-failed", "fault-always-possible", "1.0 1.1", "an unknown method is code 30",
       [] {
         return with_fault(FaultCode::UNKNOWN_METHOD, [](Reply& reply) {
           reply.body = write_fault(Fault(FaultCode::FAILED, "AttributeError"));
         });
       }},
  };
}

std::vector<Mutant> faults() {
  return {
      {"fault-not-found", "response-form", "1.0 1.1", "an unknown method is status 404",
       [] { return with_fault(FaultCode::UNKNOWN_METHOD, [](Reply& reply) { reply.status = 404; }); }},
      {"fault-bad-request", "response-form", "1.0 1.1", "wrong arguments are status 400",
       [] {
         return with_fault(FaultCode::INCORRECT_PARAMETERS, [](Reply& reply) { reply.status = 400; });
       }},
      {"fault-as-result", "response-form", "1.0 1.1", "wrong arguments are a struct as a result",
       [] {
         return with_fault(FaultCode::INCORRECT_PARAMETERS, [](Reply& reply) {
           reply.body = replaced(replaced(reply.body, "<fault>", "<params><param>"), "</fault>",
                                 "</param></params>");
         });
       }},
      {"fault-code-text", "response-form", "1.0 1.1", "the code of an unknown method is a string",
       [] {
         return with_fault(FaultCode::UNKNOWN_METHOD, [](Reply& reply) {
           reply.body = replaced(reply.body, "<int>1</int>", "<string>1</string>");
         });
       }},
      {"fault-without-text", "response-form", "1.0 1.1", "the fault for an unknown method has no faultString",
       [] {
         return with_fault(FaultCode::UNKNOWN_METHOD, [](Reply& reply) {
           const std::size_t member = reply.body.rfind("<member>");
           reply.body.erase(member, reply.body.find("</struct>") - member);
         });
       }},
      {"fault-with-more", "response-form", "1.0 1.1", "a third member of a fault tells its kind",
       [] {
         return with_response([](std::string body) {
           if (body.find("<fault>") == body.npos) return body;
           return body.insert(body.find("</struct>"),
                              "<member><name>faultKind</name><value>cache</value></member>");
         });
       }},
  };
}

}  // namespace

std::vector<Mutant> call_mutants() {
  std::vector<Mutant> all;
  for (const auto& list : {parameters(), names(), faults()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

}  // namespace cache_server
