#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "framing.h"
#include "service.h"

namespace cache_server {

/// Who may call. An empty username asks for nothing.
struct Credentials {
  std::string username;
  std::string password;
};

/// Turns requests into the bytes of their answers, through cpp-httplib, which nothing else
/// here knows: it reads method, path and fields, and writes the answer.
///
/// A POST on a path that begins `/RPC2` is handed to the handler, on a Unix socket a POST
/// on any path (README of supervisor_cache, Usage: there the URL does not matter).
/// Content-Type, Host and User-Agent may say what they like, answers are never compressed,
/// and credentials that nobody asked for are ignored. Other requests get, in this order:
///   403  a POST that a browser sends for a web page (it names an Origin, or a
///        Sec-Fetch-Site): a page of another origin could fill the cache otherwise, and a
///        page of our own there is not
///   401  credentials that are missing or wrong, with `WWW-Authenticate`; compared in
///        constant time
///   404  GET on another path (these as recorded from supervisord 4.2.5)
///   400  another method on `/RPC2`, anything but GET on another path
///   411  a POST without a Content-Length
/// Before all of these comes what cpp-httplib refuses by itself: 400 for a field of more
/// than 8 KiB, if it is one that counts here (Authorization, Origin, Sec-Fetch-Site).
///
/// Not thread-safe: one request at a time.
class Responder {
 public:
  /// Body of a request in, reply out. Must not throw.
  using Handler = std::function<Reply(std::string_view body)>;

  struct Answer {
    int status = 0;
    std::string bytes;    ///< head and body, as they go out
    std::string summary;  ///< the handler's, see Reply
    std::string reason;   ///< why it has not been handed to the handler
  };

  /// `any_path`: the path of a POST does not matter.
  Responder(Handler handler, const Credentials& credentials, bool any_path);
  virtual ~Responder();

  /// Answers a request that is complete. `connection` is the number of the one that it
  /// came over; to a Responder all are alike, and a variant may look at it.
  virtual Answer answer(const Request& request, std::uint64_t connection = 0);

  /// The answer that a request gets whatever its body is; nothing if its body is wanted.
  virtual std::optional<Answer> answer_head(const Request& request);

  /// The answer to bytes that are no request; it tells that the connection is closed.
  virtual Answer refuse(const Refusal& refusal);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cache_server
