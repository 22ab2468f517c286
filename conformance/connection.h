/// One stream to a target: requests out, answers in, never longer than a
/// deadline. Every wait also ends when the run is interrupted.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include "endpoint.h"
#include "http_answer.h"

namespace conformance {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// The target could not be reached, did not answer in time, or answered what
/// is no HTTP. what() is one line.
class ConnectionError : public std::runtime_error {
 public:
  enum class Kind { unreachable, timeout, closed, malformed };
  ConnectionError(Kind kind, const std::string& message, std::string received_bytes = "")
      : std::runtime_error(message), kind_(kind), received_(std::move(received_bytes)) {}
  Kind kind() const { return kind_; }
  /// What had arrived of the answer.
  const std::string& received() const { return received_; }

 private:
  Kind kind_;
  std::string received_;
};

/// Thrown out of any wait when a signal has asked the run to end.
class Interrupted : public std::exception {};

/// Not for several threads at once.
class Connection {
 public:
  /// Throws ConnectionError (unreachable, timeout).
  Connection(const Endpoint& endpoint, Deadline deadline);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Writes all bytes, as one piece where the kernel takes them. What the
  /// target answers or closes meanwhile is left for receive(): a target may
  /// refuse a request that it has not read to its end.
  /// Throws ConnectionError (timeout; malformed if the target had sent bytes
  /// that no request asked for).
  void send(std::string_view bytes, Deadline deadline);

  /// The next answer, to a request with this method. Throws ConnectionError.
  HttpAnswer receive(const std::string& method, Deadline deadline);

  /// Waits for the target to close the connection. Throws ConnectionError
  /// (timeout; malformed if it sends anything instead).
  void expect_close(Deadline deadline);

  /// Whether the next request needs a new connection: the target has closed
  /// this one, or said that it would, or an answer went wrong.
  bool is_spent();

 private:
  enum class Readable { bytes, end };

  /// Reads what there is into `arrived_`, waiting for it if need be.
  Readable read_some(Deadline deadline);
  /// Waits for poll() events. Throws ConnectionError (timeout), Interrupted.
  short wait_for(short events, Deadline deadline);

  /// The error of a deadline that has passed.
  ConnectionError late();

  int descriptor_ = -1;
  std::string arrived_;  ///< received and not yet part of an answer
  bool ended_ = false;   ///< the target has closed its side
  bool spent_ = false;
};

}  // namespace conformance
