#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cache.h"
#include "call_reader.h"
#include "methods.h"
#include "supervisor.h"
#include "system.h"

namespace cache_server {

/// What HTTP answers to one request. `content_type` is `text/xml` for every response that
/// is XML-RPC, faults included; the body of an error is one line of plain text.
struct Reply {
  int status = 200;
  std::string content_type = "text/xml";
  std::string body;
  std::string summary = {};  ///< one line for a log: the call and what became of it
};

/// How much clients may ask for.
struct ServiceLimits {
  /// What the cache may take, and also what the results of one system.multicall may
  /// (system.h), but of these no more than 256 MiB: bytes as size_in_bytes tells them.
  std::size_t max_data = std::size_t{1} << 30;
  /// How many elements of a call may be in each other.
  std::size_t max_depth = kMaxDepth;
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
  explicit Service(std::string_view spec, const ServiceLimits& limits = {});

  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Never throws for bad input. The statuses are decided here and nowhere else:
  ///   200  the result, or a fault
  ///   400  the body is not an XML-RPC call
  ///   500  a result that cannot be marshalled, or an unexpected exception
  /// A call that is answered with a fault or with 400 has changed nothing. One that is
  /// answered with 500 may have: calls in a system.multicall that came first.
  ///
  /// Once the supervisor's state is not RUNNING, its methods are refused with
  /// SHUTDOWN_STATE, and the cache's once it is SHUTDOWN; system.* goes on. So answers a
  /// supervisord 4.2.5 with supervisor_cache.
  Reply answer(std::string_view body);

  /// Fills in Reply::summary from now on, which costs some time.
  void summarize() { summarizes_ = true; }

  /// The methods that are served, free to be edited: a variant of this service that
  /// breaks one behaviour replaces a handler, takes a row out, or adds one.
  std::vector<Method>& methods() { return methods_; }

  /// The state that supervisor.shutdown and restart set. Who runs the service looks here
  /// after each answer whether to end or to start again, and sets SHUTDOWN when told to
  /// end otherwise. There is no way back to RUNNING: a restart needs a new Service.
  Supervisor& supervisor() { return supervisor_; }

  /// The store that the cache's methods are bound to.
  Cache& cache() { return cache_; }

 private:
  const std::string spec_;
  const std::size_t max_depth_;
  bool summarizes_ = false;
  Cache cache_;
  Supervisor supervisor_;
  std::vector<Method> methods_;
  System system_;
};

}  // namespace cache_server
