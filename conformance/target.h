/// The implementation that is judged: somebody's, reached by URL or Unix
/// socket, or one that is started here and ended with the run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"
#include "case.h"
#include "process.h"
#include "response_reader.h"

namespace conformance {

struct Credentials {
  std::string username;
  std::string password;
};

/// One HTTP request before it is framed.
struct HttpRequest {
  std::string method = "POST";
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// The target cannot be reached, or never got ready. what() is one sentence.
class TargetError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Target {
 public:
  /// Somebody else's.
  Target(Endpoint endpoint, std::optional<Credentials> credentials);

  /// Starts `command`, in which `{port}` becomes a free TCP port of
  /// 127.0.0.1, or `{socket}` a path for a Unix-domain socket, and waits
  /// until it has answered an HTTP request. Throws UsageError for a command
  /// that has neither or both, TargetError if it has not answered after
  /// `patience`, at any start.
  Target(std::string command, std::optional<Credentials> credentials,
         std::chrono::milliseconds patience);
  ~Target();

  bool spawned() const { return !command_.empty(); }
  const Endpoint& endpoint() const { return endpoint_; }
  bool has_credentials() const { return credentials_.has_value(); }
  const std::string& username() const { return credentials_->username; }

  /// Ends a spawned target and starts it again, on another port or socket.
  /// Throws TargetError if it does not come back, at the deadline at the latest.
  void restart(Deadline deadline);
  /// What became of a spawned target that has ended by itself.
  std::optional<std::string> crashed();
  /// The last lines that a spawned target has written.
  std::string last_output();

  /// The value of the Authorization header for these credentials; empty for
  /// none.
  std::string authorization(As as) const;

  /// The bytes of a request. Host, Content-Length, Content-Type and
  /// Authorization are added where `request.headers` does not name them.
  std::string frame(const HttpRequest& request, As as) const;

  /// An XML-RPC call as a request, not yet framed.
  HttpRequest call_request(const std::string& method, const Json& params) const;

  /// One XML-RPC call outside all cases, to look or to clean up, on a
  /// connection that is closed after it: a target may serve one at a time. A status other than 200 is a BadReply. Throws
  /// ConnectionError.
  Reply call(const std::string& method, const Json& params, std::chrono::milliseconds timeout);

  /// The keys that getKeys lists; nothing if it answers anything but an array
  /// of strings. Throws ConnectionError.
  std::optional<std::vector<std::string>> keys(std::chrono::milliseconds timeout);

 private:
  void start(Deadline deadline);
  void wait_until_ready(Deadline deadline);
  /// Why the target does not answer an HTTP request; empty if it does, whatever
  /// the status.
  std::string why_not_ready();

  std::string command_;  ///< with its `{port}` or `{socket}`; empty if not spawned
  Endpoint endpoint_;
  std::optional<Credentials> credentials_;
  std::chrono::milliseconds patience_{};
  std::string folder_;  ///< of the socket, while it is ours
  std::unique_ptr<Process> process_;
};

}  // namespace conformance
