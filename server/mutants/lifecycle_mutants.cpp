#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "edit.h"
#include "mutant.h"

namespace cache_server {
namespace {

using Text = std::string;
using Connection = std::uint64_t;

const Text* text(const Value* value) { return std::get_if<Text>(value); }

/// Notes over which connection a request has come.
class NotingResponder : public Responder {
 public:
  NotingResponder(Handler handler, const Credentials& credentials, bool any_path,
                  std::shared_ptr<Connection> now)
      : Responder(std::move(handler), credentials, any_path), now_(std::move(now)) {}

  Answer answer(const Request& request, Connection connection) override {
    *now_ = connection;
    return Responder::answer(request, connection);
  }

 private:
  const std::shared_ptr<Connection> now_;
};

/// What is stored by a request after which the connection is closed is gone with it.
class ClosingResponder : public Responder {
 public:
  ClosingResponder(Handler handler, const Credentials& credentials, bool any_path,
                   std::shared_ptr<Service*> service)
      : Responder(std::move(handler), credentials, any_path), service_(std::move(service)) {}

  Answer answer(const Request& request, Connection connection) override {
    if (request.keep_alive) return Responder::answer(request, connection);
    const auto before = (*service_)->cache().items();
    Answer answer = Responder::answer(request, connection);
    for (const auto& [key, value] : Cache::Items((*service_)->cache().items())) {
      if (!before.contains(key)) (*service_)->cache().erase(key);
    }
    return answer;
  }

 private:
  const std::shared_ptr<Service*> service_;
};

/// `variant`, in which `now` is the connection of the call that is answered.
Variant by_connection(std::shared_ptr<Connection> now, Variant variant) {
  variant.make_responder = [now](Responder::Handler handler, const Credentials& credentials,
                                 bool any_path) -> std::unique_ptr<Responder> {
    return std::make_unique<NotingResponder>(std::move(handler), credentials, any_path, now);
  };
  return variant;
}

/// A method's answer is remembered for each connection, until it calls one of `changing`.
Variant remembered(std::string_view method, std::vector<std::string_view> changing) {
  const auto now = std::make_shared<Connection>();
  const auto memory = std::make_shared<std::map<Connection, std::map<Text, Value>>>();
  Variant variant = with_method(method, [=](Service&, const Params& params,
                                            const Handler& original) {
    auto& mine = (*memory)[*now];
    const Text key = params.empty() || !text(&params[0]) ? "" : *text(&params[0]);
    const auto known = mine.find(key);
    return known == mine.end() ? mine[key] = original(params) : known->second;
  });
  for (const auto name : changing) {
    variant = both(std::move(variant), with_method(name, [=](Service&, const Params& params,
                                                             const Handler& original) {
                     memory->erase(*now);
                     return original(params);
                   }));
  }
  return by_connection(now, std::move(variant));
}

/// Who stored each key; `method` is answered by `handler`, which sees that.
using Owners = std::map<Text, Connection>;
Variant with_owners(std::string_view method,
                    std::function<Value(const Params&, const Handler& original,
                                        const Owners& owners, Connection now)> handler) {
  const auto now = std::make_shared<Connection>();
  const auto owners = std::make_shared<Owners>();
  const auto store = [=](Service&, const Params& params, const Handler& original) {
    const Value result = original(params);
    if (const auto* key = text(&params[0])) (*owners)[*key] = *now;
    return result;
  };
  const auto other = [=](Service&, const Params& params, const Handler& original) {
    return handler(params, original, *owners, *now);
  };
  return by_connection(now, both(with_method("cache.store", store), with_method(method, other)));
}

/// A file of this run: its process is started again by the same parent.
std::filesystem::path file() {
  return std::filesystem::temp_directory_path() /
         ("cache-mutant-" + std::to_string(::getppid()));
}

Cache::Items read_file() {
  Cache::Items items;
  std::ifstream in(file(), std::ios::binary);
  for (std::size_t key = 0, value = 0; in >> key >> value && in.get() == ' ';) {
    Text text(key + value, ' ');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    items[text.substr(0, key)] = text.substr(key);
  }
  return items;
}

/// Small strings are kept in the file; it goes with the last of them.
void write_file(const Cache& cache) {
  std::string all;
  for (const auto& [key, value] : cache.items()) {
    const auto* string = text(&value);
    if (string == nullptr || all.size() + string->size() > 65536) continue;
    all += std::to_string(key.size()) + " " + std::to_string(string->size()) + " " + key + *string;
  }
  if (all.empty()) {
    std::filesystem::remove(file());
  } else {
    std::ofstream(file(), std::ios::binary) << all;
  }
}

/// What is stored is in the file after each call.
Variant with_file(std::function<void(Service&, const Cache::Items& remembered)> at_start) {
  Variant variant{.edit = [=](Service& service) { at_start(service, read_file()); }};
  variant.answer = [](Service& service, std::string_view body) {
    Reply reply = service.answer(body);
    write_file(service.cache());
    return reply;
  };
  return variant;
}

}  // namespace

std::vector<Mutant> lifecycle_mutants() {
  return {
      {"cache-a-connection", "one-cache", "1.0 1.1", "has a cache for each connection",
       [] {
         const auto now = std::make_shared<Connection>();
         const auto caches = std::make_shared<std::map<Connection, Cache>>();
         Variant variant;
         variant.answer = [=](Service& service, std::string_view body) {
           std::swap((*caches)[*now], service.cache());
           Reply reply = service.answer(body);
           std::swap((*caches)[*now], service.cache());
           return reply;
         };
         return by_connection(now, std::move(variant));
       }},
      {"connection-takes-it-along", "kept-until-deleted", "1.0 1.1",
       "forgets what came over a connection when it is closed after the answer",
       [] {
         const auto service = std::make_shared<Service*>();
         Variant variant{.edit = [=](Service& its) { *service = &its; }};
         variant.make_responder = [=](Responder::Handler handler, const Credentials& credentials,
                                      bool any_path) -> std::unique_ptr<Responder> {
           return std::make_unique<ClosingResponder>(std::move(handler), credentials, any_path,
                                                     service);
         };
         return variant;
       }},
      {"connection-remembers-values", "one-cache", "1.0 1.1",
       "fetches over a connection once",
       [] { return remembered("cache.fetch", {"cache.store", "cache.delete", "cache.clear"}); }},
      {"connection-remembers-keys", "one-cache", "1.0 1.1",
       "lists over a connection once",
       [] { return remembered("cache.getKeys", {"cache.store", "cache.delete", "cache.clear"}); }},
      {"connection-remembers-count", "one-cache", "1.0 1.1",
       "counts over a connection once",
       [] { return remembered("cache.getCount", {"cache.store", "cache.delete", "cache.clear"}); }},
      {"connection-lists-its-own", "one-cache", "1.0 1.1",
       "lists what this connection stored",
       [] {
         return with_owners("cache.getKeys", [](const Params& params, const Handler& original,
                                                const Owners& owners, Connection now) {
           Value keys = original(params);
           std::erase_if(std::get<Array>(keys), [&](const Value& key) {
             const auto owner = owners.find(std::get<Text>(key));
             return owner != owners.end() && owner->second != now;
           });
           return keys;
         });
       }},
      {"connection-deletes-its-own", "one-cache", "1.0 1.1",
       "deletes what this connection stored",
       [] {
         return with_owners("cache.delete", [](const Params& params, const Handler& original,
                                               const Owners& owners, Connection now) {
           const auto* key = text(&params[0]);
           const auto owner = key == nullptr ? owners.end() : owners.find(*key);
           return owner != owners.end() && owner->second != now ? Value(true) : original(params);
         });
       }},
      {"connection-writes-behind", "one-cache", "1.0 1.1",
       "stores with the connection's next call",
       [] {
         const auto now = std::make_shared<Connection>();
         const auto late = std::make_shared<std::map<Connection, std::map<Text, Value>>>();
         Variant variant = with_method("cache.store", [=](Service& service, const Params& params,
                                                          const Handler& original) {
           const auto* key = text(&params[0]);
           const auto older = key ? service.cache().items().find(*key) : service.cache().items().end();
           const bool is_new = older == service.cache().items().end();
           const Value before = is_new ? Value() : older->second;
           const Value result = original(params);
           (*late)[*now][*key] = params[1];
           is_new ? service.cache().erase(*key) : service.cache().store(*key, before);
           return result;
         });
         variant.answer = [=](Service& service, std::string_view body) {
           const auto mine = late->extract(*now);
           if (mine) {
             for (const auto& [key, value] : mine.mapped()) service.cache().store(key, value);
           }
           return service.answer(body);
         };
         return by_connection(now, std::move(variant));
       }},
      {"answers-swapped", "fetch", "1.0 1.1",
       "answers what another connection asked for before",
       [] {
         const auto now = std::make_shared<Connection>();
         const auto calls = std::make_shared<std::map<Connection, int>>();
         const auto last = std::make_shared<std::pair<Connection, Value>>();
         return by_connection(now, with_method("cache.fetch", [=](Service&, const Params& params,
                                                                  const Handler& original) {
           const Value value = original(params);
           const auto before = std::exchange(*last, {*now, value});
           const bool is_mixed = ++(*calls)[*now] > 2 && before.first != *now &&
                                 (*calls)[before.first] > 1;
           return is_mixed ? before.second : value;
         }));
       }},
      // A new start.
      {"restart-remembers", "gone-after-shutdown", "1.0 1.1",
       "reads what it had from a file",
       [] {
         return with_file([](Service& service, const Cache::Items& remembered) {
           for (const auto& [key, value] : remembered) service.cache().store(key, value);
         });
       }},
      {"restart-remembers-values", "gone-after-shutdown", "1.0 1.1",
       "finds in a file what it does not list",
       [] {
         const auto remembered = std::make_shared<Cache::Items>();
         return both(with_file([=](Service&, const Cache::Items& items) { *remembered = items; }),
                     with_method("cache.fetch", [=](Service& service, const Params& params,
                                                    const Handler& original) {
                       const auto* key = text(&params[0]);
                       return key && remembered->contains(*key) &&
                                      !service.cache().items().contains(*key)
                                  ? remembered->at(*key)
                                  : original(params);
                     }));
       }},
      {"restart-remembers-count", "gone-after-shutdown", "1.0 1.1",
       "goes on counting from a file",
       [] {
         const auto had = std::make_shared<std::int64_t>();
         return both(with_file([=](Service&, const Cache::Items& items) {
                       *had = static_cast<std::int64_t>(items.size());
                     }),
                     with_method("cache.getCount", [=](Service&, const Params& params,
                                                       const Handler& original) -> Value {
                       return std::get<std::int64_t>(original(params)) + *had;
                     }));
       }},
  };
}

}  // namespace cache_server
