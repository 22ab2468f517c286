#pragma once

#include <sys/types.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace cache_server {

/// Why a listener cannot be opened. what() is one sentence that names the option, what is
/// wrong and what to do.
class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A socket that listens: owns the descriptor and, if it is a Unix socket, its file.
class Listener {
 public:
  /// Listens on an address of this machine. Port 0 takes a free one. Throws ListenError.
  static Listener open_inet(const std::string& host, std::uint16_t port);

  /// Listens on a Unix socket at `path`, which only its owner may open (mode 0700). A
  /// socket file on which nobody answers any more is replaced. One on which somebody
  /// does, and whatever is not a socket, is left alone. Throws ListenError.
  ///
  /// Sets the process's umask for a moment: call it before other threads make files.
  static Listener open_unix(const std::string& path);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;

  /// Closes the socket, and removes its file if it is still this listener's.
  ~Listener();

  /// Non-blocking, so that accept() does not wait for a client that has gone.
  int descriptor() const { return descriptor_; }

  bool is_unix() const { return !path_.empty(); }

  /// Whether only this machine can reach it.
  bool is_loopback() const { return is_loopback_; }

  /// Where it listens: `http://127.0.0.1:9001/RPC2` or `unix:PATH`.
  const std::string& url() const { return url_; }

 private:
  Listener() = default;

  int descriptor_ = -1;
  std::string path_;
  ino_t inode_ = 0;
  std::string url_;
  bool is_loopback_ = true;
};

}  // namespace cache_server
