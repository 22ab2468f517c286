#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "framing.h"

namespace cache_server {

/// One accepted socket: what has come and is not answered, and what is answered and not
/// sent. Waits for nothing.
class Connection {
 public:
  enum class Ending {
    no,
    after_answer,  ///< closed as soon as the answer is out
    draining,      ///< the answer is out: what comes is thrown away until the client closes
  };

  /// Owns `descriptor`, which must be non-blocking.
  Connection(int descriptor, std::uint64_t number, std::size_t max_body);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Reads a piece of what has come into `framing`; false if the connection is broken.
  bool read();

  /// Adds to what is to be sent.
  void send(std::string bytes);

  /// Sends a piece, as far as the socket takes it; false if the connection is broken.
  bool write();

  std::size_t unsent() const { return unsent_.size() - sent_; }

  /// How many bytes it holds.
  std::size_t size() const { return framing.size() + unsent_.size(); }

  /// The client: `127.0.0.1:40312`, `[::1]:40312`, or `unix`.
  std::string peer() const;

  int descriptor() const { return descriptor_; }

  /// Whether the client sends no more.
  bool client_has_ended() const { return client_has_ended_; }

  const std::uint64_t number;  ///< no other has it as long as the server runs

  // What the loop knows of it.
  Framing framing;
  Ending ending = Ending::no;
  bool head_is_seen = false;  ///< the head of the current request has been looked at
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::uint32_t events = 0;    ///< that epoll waits for
  std::size_t counted = 0;     ///< its part of what all connections hold

 private:
  const int descriptor_;
  bool client_has_ended_ = false;
  std::string unsent_;  // from sent_ on
  std::size_t sent_ = 0;
};

}  // namespace cache_server
