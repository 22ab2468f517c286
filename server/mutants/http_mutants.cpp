#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "cache.h"
#include "edit.h"
#include "mutant.h"

namespace cache_server {
namespace {

std::string_view field(const Request& request, std::string_view lower_case_name) {
  for (const Request::Field& one : request.fields) {
    if (is_field(one, lower_case_name)) return one.value;
  }
  return "";
}

bool calls(const Request& request, std::string_view method) {
  return request.body.find("<methodName>" + std::string(method) + "<") != std::string_view::npos;
}

/// Makes a Responder of which `Answers` is the rest: `answer(request, connection, original)`.
template <typename Answers>
Variant with_answers(Answers answers) {
  class Edited : public Responder {
   public:
    Edited(Handler handler, const Credentials& credentials, bool any_path, Answers edit)
        : Responder(std::move(handler), credentials, any_path), edit_(std::move(edit)) {}

    Answer answer(const Request& request, std::uint64_t connection) override {
      return edit_(*this, request, connection,
                   [&] { return Responder::answer(request, connection); });
    }

   private:
    Answers edit_;
  };
  return {.make_responder = [=](Responder::Handler handler, const Credentials& credentials,
                                bool any_path) -> std::unique_ptr<Responder> {
    return std::make_unique<Edited>(std::move(handler), credentials, any_path, answers);
  }};
}

/// Requests get this status unless it is 0.
Variant with_refusals(int (*status)(const Request& request)) {
  return with_answers([=](Responder& responder, const Request& request, std::uint64_t,
                          const auto& original) {
    const int refused = status(request);
    return refused == 0 ? original() : responder.refuse({refused, "Refused"});
  });
}

/// Several caches, each for the requests that `name` tells the same of.
Variant with_caches_by(std::function<std::string(const Request&, std::uint64_t connection)> name) {
  struct Caches {
    Cache* cache = nullptr;
    std::map<std::string, Cache::Items> items = {};
  };
  const auto caches = std::make_shared<Caches>();
  Variant variant = with_answers([=](Responder&, const Request& request, std::uint64_t connection,
                                     const auto& original) {
    Cache::Items& items = caches->items[name(request, connection)];
    caches->cache->clear();
    for (const auto& [key, value] : items) caches->cache->store(key, value);
    Responder::Answer answer = original();
    items = caches->cache->items();
    return answer;
  });
  variant.edit = [=](Service& service) { *caches = {.cache = &service.cache()}; };
  return variant;
}

/// A method that knows over which connection it is called.
Variant with_connection(std::string_view method,
                        std::function<Value(Service&, const Params&, const Handler& original,
                                            std::uint64_t connection)> edit) {
  const auto now = std::make_shared<std::uint64_t>(0);
  return both(with_method(method, [=](Service& service, const Params& params,
                                      const Handler& original) {
                return edit(service, params, original, *now);
              }),
              with_answers([=](Responder&, const Request&, std::uint64_t connection,
                               const auto& original) {
                *now = connection;
                return original();
              }));
}

std::vector<Mutant> clients() {
  return {
      {"content-type-exact", "any-client-rpc2", "1.0 1.1", "Content-Type may have no parameter",
       [] {
         return with_refusals([](const Request& request) {
           return field(request, "content-type").find(';') == std::string_view::npos ? 0 : 415;
         });
       }},
      {"field-case", "any-client-rpc2", "1.0 1.1", "Content-Length is known in this case only",
       [] {
         return with_refusals([](const Request& request) {
           const auto wrong = [](const Request::Field& one) {
             return is_field(one, "content-length") && one.name != "Content-Length";
           };
           return std::none_of(request.fields.begin(), request.fields.end(), wrong) ? 0 : 411;
         });
       }},
      {"version-1-1-only", "any-client-rpc2", "1.0 1.1", "HTTP/1.0 is refused",
       [] {
         return with_refusals([](const Request& request) { return request.is_http_1_0 ? 505 : 0; });
       }},
      {"expect-refused", "any-client-rpc2", "1.0 1.1", "whoever waits to be told to go on is refused",
       [] {
         return with_refusals([](const Request& request) {
           return request.expects_continue ? 417 : 0;
         });
       }},
      {"agent-refused", "any-client-rpc2", "1.0 1.1", "an unknown User-Agent is refused",
       [] {
         return with_refusals([](const Request& request) {
           const auto agent = field(request, "user-agent");
           return agent.empty() || agent.find("xmlrpc") != agent.npos ? 0 : 403;
         });
       }},
      {"body-of-8-kib", "any-client-rpc2", "1.0 1.1", "a call of more than 8 KiB is refused",
       [] {
         return with_refusals([](const Request& request) {
           return request.body.size() > 8192 ? 413 : 0;
         });
       }},
      {"clear-asks-for-password", "inet-socket", "1.0 1.1", "clear asks for credentials if there are none",
       [] {
         return with_refusals([](const Request& request) {
           return calls(request, "cache.clear") && field(request, "authorization").empty() ? 401 : 0;
         });
       }},
      {"delete-of-browsers", "inet-socket", "1.0 1.1", "delete wants a Referer, against web pages",
       [] {
         return with_refusals([](const Request& request) {
           return calls(request, "cache.delete") && field(request, "referer").empty() ? 403 : 0;
         });
       }},
  };
}

std::vector<Mutant> answers() {
  return {
      {"length-in-characters", "response-form", "1.0 1.1", "Content-Length counts characters",
       [] {
         return with_bytes([](std::string bytes) {
           const std::size_t body = bytes.find("\r\n\r\n") + 4;
           const std::size_t size = bytes.size() - body;
           std::size_t characters = 0;
           for (const char c : bytes.substr(body)) characters += (c & 0xC0) != 0x80;
           return replaced(bytes, "Content-Length: " + std::to_string(size) + "\r\n",
                           "Content-Length: " + std::to_string(characters) + "\r\n");
         });
       }},
      {"type-html", "response-form", "1.0 1.1", "answers are text/html",
       [] {
         return with_bytes([](std::string bytes) {
           return replaced(bytes, "Content-Type: text/xml", "Content-Type: text/html");
         });
       }},
      {"type-of-faults", "response-form", "1.0 1.1", "faults are text/plain",
       [] {
         return with_bytes([](std::string bytes) {
           if (bytes.find("<fault>") == std::string::npos) return bytes;
           return replaced(bytes, "Content-Type: text/xml", "Content-Type: text/plain");
         });
       }},
      {"status-accepted", "response-form", "1.0 1.1", "clear is answered with 202",
       [] {
         return with_answers([](Responder&, const Request& request, std::uint64_t, const auto& original) {
           Responder::Answer answer = original();
           if (calls(request, "cache.clear")) {
             answer.bytes = replaced(answer.bytes, "200 OK", "202 Accepted");
           }
           return answer;
         });
       }},
      {"bytes-after-fault", "response-form", "1.0 1.1", "a line end follows the answer that refuses a key",
       [] {
         return with_bytes([](std::string bytes) {
           return bytes.find("BAD_NAME: ") == std::string::npos ? bytes : bytes + "\r\n";
         });
       }},
  };
}

std::vector<Mutant> caches() {
  return {
      {"cache-per-connection", "one-cache", "1.0 1.1", "each connection has a cache",
       [] {
         return with_caches_by([](const Request&, std::uint64_t connection) {
           return std::to_string(connection);
         });
       }},
      {"cache-per-agent", "one-cache", "1.0 1.1", "each User-Agent has a cache",
       [] {
         return with_caches_by([](const Request& request, std::uint64_t) {
           return std::string(field(request, "user-agent"));
         });
       }},
      {"cache-per-host", "one-cache", "1.0 1.1", "each Host has a cache",
       [] {
         return with_caches_by([](const Request& request, std::uint64_t) {
           return std::string(field(request, "host"));
         });
       }},
      {"cache-per-path", "one-cache", "1.0 1.1", "each path has a cache",
       [] {
         return with_caches_by([](const Request& request, std::uint64_t) {
           return std::string(request.target);
         });
       }},
      {"cache-of-batches", "one-cache", "1.0 1.1", "batches have a cache of their own",
       [] {
         return with_caches_by([](const Request& request, std::uint64_t) {
           return std::string(calls(request, "system.multicall") ? "batch" : "");
         });
       }},
      {"stale-reads", "one-cache", "1.0 1.1", "what a connection has fetched it gets again",
       [] {
         const auto seen = std::make_shared<std::map<std::pair<std::uint64_t, std::string>, Value>>();
         return with_connection("cache.fetch", [=](Service&, const Params& params, const Handler& original,
                                                   std::uint64_t connection) {
           const Value value = original(params);
           return seen->try_emplace({connection, std::get<std::string>(params[0])}, value).first->second;
         });
       }},
      {"count-at-connect", "one-cache", "1.0 1.1", "a connection is told the same count again",
       [] {
         const auto seen = std::make_shared<std::map<std::uint64_t, Value>>();
         return with_connection("cache.getCount", [=](Service&, const Params& params, const Handler& original,
                                                      std::uint64_t connection) {
           return seen->try_emplace(connection, original(params)).first->second;
         });
       }},
  };
}

}  // namespace

std::vector<Mutant> http_mutants() {
  std::vector<Mutant> all;
  for (const auto& list : {clients(), answers(), caches()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

}  // namespace cache_server
