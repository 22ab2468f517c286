#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "listener.h"
#include "responder.h"

namespace cache_server {

/// What a client can make the server hold.
struct HttpLimits {
  std::size_t max_body = std::size_t{64} << 20;  ///< bytes; longer ones are refused: 413
  std::size_t max_connections = 4096;            ///< at once; a further one gets 503
  /// From the first byte of a request to its last, and for a client to take an answer. A
  /// request that is late gets 408, and the connection is closed. An idle connection has
  /// no limit, as a supervisord never closes one and clients rely on it.
  std::chrono::milliseconds request_timeout = std::chrono::seconds(60);
  /// Bytes that half-read requests and unsent answers may take together. The connection
  /// that holds most of them is closed when there are more.
  std::size_t max_buffered = std::size_t{512} << 20;
};

/// One request and its answer, for a log.
struct Access {
  std::string peer;     ///< `127.0.0.1:40312`, or `unix`
  std::string request;  ///< the handler's summary, or method and target, printable
  int status = 0;
  std::chrono::nanoseconds duration{};  ///< from the whole request to the answer
};

/// Serves a Responder over sockets: one thread for all connections, so that calls never
/// overlap and idle connections cost nothing.
class HttpServer {
 public:
  /// `listener` and `responder` must outlive it.
  HttpServer(Listener& listener, Responder& responder, const HttpLimits& limits = {});
  ~HttpServer();

  /// Calls `log` in serve()'s thread for each answer.
  void set_log(std::function<void(const Access&)> log);

  /// Calls `ready` in serve()'s thread whenever `descriptor` can be read.
  void watch(int descriptor, std::function<void()> ready);

  /// Calls `idle` in serve()'s thread when nothing has happened for a fifth of a second,
  /// once after each time that something has.
  void when_idle(std::function<void()> idle);

  /// Serves until it is stopped, and then closes all connections. Clients that take their
  /// answers get those that are finished, as much as they take in a fifth of a second.
  void serve();

  /// Ends serve() when `delay` has passed. Only from serve()'s thread: in a Handler, a
  /// `ready` or a log. Of several calls the earliest end counts.
  void stop_after(std::chrono::milliseconds delay);

  /// Ends serve() at once, or lets it return at once if it has not been called yet. May be
  /// called from any thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cache_server
