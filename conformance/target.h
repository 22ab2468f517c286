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

/// The calls that the suite makes beside the cases, to look and to clean up.
inline const CallStep list_keys{"cache.getKeys"};
inline CallStep delete_key(const Json& key) { return {"cache.delete", Json::array({key})}; }

/// Supervisor's own, which names the methods of all namespaces.
inline const CallStep list_methods{"system.listMethods"};
/// What an extension of Supervisor says of itself, if it does.
inline CallStep ask_version(const std::string& name_space) { return {name_space + ".getAPIVersion"}; }

/// What an answer to list_keys or list_methods lists; nothing if it is
/// anything but an array of strings.
std::optional<std::vector<std::string>> strings_in(const Reply& reply);

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
  /// `patience`, at any start. It is asked for the version of `name_space`.
  Target(std::string command, std::optional<Credentials> credentials,
         std::chrono::milliseconds patience, const std::string& name_space = cache_namespace);
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

  /// A text from elsewhere without the password: plain, as XML or JSON write
  /// it, or in an Authorization header. One of fewer than six bytes is only
  /// looked for behind the user's name: it could be part of any word.
  std::string without_password(std::string text) const;
  /// A text of our own without it: there it is in an Authorization header or
  /// nowhere.
  std::string without_authorization(std::string text) const;

  /// The bytes of a request. Host, Content-Length, Content-Type and
  /// Authorization are added where `request.headers` does not name them.
  std::string frame(const HttpRequest& request, As as) const;

  /// An XML-RPC call as a request, not yet framed.
  HttpRequest call_request(const CallStep& call) const;
  /// The same, framed, as call() sends it.
  std::string call_bytes(const CallStep& call) const;

  /// One XML-RPC call outside all cases, to look or to clean up, on a
  /// connection that is closed after it: a target may serve one at a time. A
  /// status other than 200 is a BadReply. Throws ConnectionError.
  Reply call(const CallStep& call, std::chrono::milliseconds timeout);

  /// The keys that it lists, see strings_in. Throws ConnectionError.
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
  CallStep readiness_call_;  ///< made until it is answered, whatever the status
  std::string folder_;  ///< of the socket, while it is ours
  std::unique_ptr<Process> process_;
};

}  // namespace conformance
