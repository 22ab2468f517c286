#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cache.h"
#include "methods.h"

namespace cache_server {

/// What HTTP answers to one request. `content_type` is `text/xml` for every response that
/// is XML-RPC, faults included; the body of an error is one line of plain text.
struct Reply {
  int status = 200;
  std::string content_type = "text/xml";
  std::string body;
  std::string summary = {};  ///< one line for a log: the call and what became of it
};

/// An XML-RPC service without its network: bodies in, replies out.
///
/// Not thread-safe: one call at a time, as in a supervisord, which is one thread.
/// It can be neither copied nor moved, since its methods are bound to it.
///
///     Service service("1.0");
///     Reply reply = service.answer(body);
class Service {
 public:
  /// `spec` is one of kSpecs, and says which rows of the tables are served.
  explicit Service(std::string_view spec);

  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Never throws for bad input. The statuses are decided here and nowhere else:
  ///   200  the result, or a fault
  ///   400  the body is not an XML-RPC call
  ///   500  a result that cannot be marshalled, or an unexpected exception
  /// A call that is answered with a fault or with 400 has changed nothing.
  Reply answer(std::string_view body);

  /// The methods that are served, free to be edited: a variant of this service that
  /// breaks one behaviour replaces a handler, takes a row out, or adds one.
  std::vector<Method>& methods() { return methods_; }

  /// The store that the cache's methods are bound to.
  Cache& cache() { return cache_; }

 private:
  const std::string spec_;
  Cache cache_;
  std::vector<Method> methods_;
};

}  // namespace cache_server
