#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "listener.h"
#include "service.h"

namespace cache_server {

/// Serves a handler over HTTP: the only file that knows cpp-httplib.
///
/// A POST on a path that begins `/RPC2` is handed to the handler, on a Unix socket a POST
/// on any path (seed README, Usage: there the URL does not matter). Content-Type, Host,
/// User-Agent, Authorization and Accept-Encoding may say what they like, and answers are
/// never compressed. Other requests get, as recorded from supervisord 4.2.5:
///   400  another method on `/RPC2`, POST on another path
///   404  GET on another path
///   411  a body without a Content-Length, or a chunked one; the connection is closed
/// and 413 for a body of more than 64 MiB.
///
/// Connections stay open until the client closes them, since a supervisord never closes
/// an idle one and clients rely on it.
class HttpServer {
 public:
  /// Body of a request in, reply out. Calls never overlap. Must not throw.
  using Handler = std::function<Reply(std::string_view body)>;

  HttpServer(Listener listener, Handler handler);
  ~HttpServer();

  /// Serves until stop(). Once it has returned, all connections are closed and all
  /// threads have ended.
  void serve();

  /// Ends serve(), or lets it return at once if it has not been called yet. May be called
  /// from any thread. Does not wait for clients: a request that is just being answered
  /// may go without its answer.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cache_server
