/// Where a target listens.
#pragma once

#include <stdexcept>
#include <string>

namespace conformance {

/// What the command line asks for cannot be done; what() is one sentence.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An inet socket or a Unix-domain socket, and the path that calls go to.
struct Endpoint {
  std::string host;         ///< a name or an address; empty for a Unix socket
  std::string port;         ///< digits
  std::string unix_socket;  ///< the socket's path; empty for inet
  std::string path = "/RPC2";

  /// From `http://HOST[:PORT][/PATH]`; without a path it is `/RPC2`, as
  /// XML-RPC clients have it. Throws UsageError.
  static Endpoint from_url(const std::string& url);
  /// Throws UsageError for a path that is too long for a socket.
  static Endpoint from_unix_socket(const std::string& path);

  /// The value of the Host header. A Unix socket has `localhost`.
  std::string host_header() const;
  /// For people, and for --url or --unix-socket again.
  std::string str() const;
};

}  // namespace conformance
