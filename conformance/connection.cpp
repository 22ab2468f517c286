#include "connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

#include "interrupt.h"
#include "located_json.h"

namespace conformance {

namespace {

using Kind = ConnectionError::Kind;

/// What a target may answer before it has read the request.
constexpr std::size_t most_answered_early = 64 * 1024 * 1024;

/// A socket that connects to `address` without blocking; -1 and errno.
int start_connecting(const sockaddr* address, socklen_t length) {
  const int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (connect(descriptor, address, length) == 0 || errno == EINPROGRESS) return descriptor;
  const int reason = errno;
  close(descriptor);
  errno = reason;
  return -1;
}

int connect_unix(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return start_connecting(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

Connection::Connection(const Endpoint& endpoint, Deadline deadline) {
  const auto give_up = [&](const char* reason) {
    throw ConnectionError(Kind::unreachable, "no connection to " + endpoint.str() + ": " + reason);
  };
  const auto give_back = [&] {
    close(descriptor_);
    descriptor_ = -1;
  };
  const auto finish = [&] {
    if (descriptor_ < 0) return errno;
    try {
      wait_for(POLLOUT, deadline);
    } catch (...) {
      give_back();
      throw;
    }
    int reason = 0;
    socklen_t size = sizeof reason;
    getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &reason, &size);
    if (reason != 0) give_back();
    return reason;
  };

  if (!endpoint.unix_socket.empty()) {
    descriptor_ = connect_unix(endpoint.unix_socket);
    if (const int reason = finish()) give_up(std::strerror(reason));
    return;
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failure = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found))
    give_up(gai_strerror(failure));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  int reason = 0;
  for (const addrinfo* address = found; address; address = address->ai_next) {
    descriptor_ = start_connecting(address->ai_addr, address->ai_addrlen);
    reason = finish();
    if (reason == 0) break;
  }
  if (reason != 0) give_up(std::strerror(reason));
  const int yes = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

Connection::~Connection() {
  if (descriptor_ >= 0) close(descriptor_);
}

short Connection::wait_for(short events, Deadline deadline) {
  std::array<pollfd, 2> waits = {
      pollfd{descriptor_, events, 0},
      pollfd{interrupt_descriptor(), POLLIN, 0},
  };
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int ready = poll(waits.data(), waits.size(), static_cast<int>(left < 0 ? 0 : left));
    if (waits[1].revents & POLLIN) throw Interrupted();
    if (ready > 0) return waits[0].revents;
    if (ready < 0 && errno == EINTR) continue;
    throw late();
  }
}

ConnectionError Connection::late() {
  spent_ = true;
  return ConnectionError(Kind::timeout, "no answer in time");
}

Connection::Readable Connection::read_some(Deadline deadline) {
  std::array<char, 64 * 1024> chunk;
  while (true) {
    // A target that never stops sending is never waited for.
    if (pollfd interrupt = {interrupt_descriptor(), POLLIN, 0}; poll(&interrupt, 1, 0) > 0)
      throw Interrupted();
    if (Clock::now() > deadline) throw late();
    const ssize_t size = recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (size > 0) {
      arrived_.append(chunk.data(), static_cast<std::size_t>(size));
      return Readable::bytes;
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      // A target that writes an answer in two parts may have to wait with the second until the
      // first is acknowledged: 40 ms, if the kernel is not asked to do that at once.
      const int yes = 1;
      setsockopt(descriptor_, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
      wait_for(POLLIN, deadline);
      continue;
    }
    ended_ = true;  // closed, or reset
    return Readable::end;
  }
}

void Connection::send(std::string_view bytes, Deadline deadline) {
  if (!arrived_.empty())
    throw ConnectionError(Kind::malformed,
                          "the target has sent more than was asked for: " +
                              brief(Json(arrived_.substr(0, 100))),
                          arrived_);
  const std::size_t all = bytes.size();
  while (!bytes.empty() && !ended_) {
    if (arrived_.size() > most_answered_early) {
      spent_ = true;  // and receive() will say that it is too long
      return;
    }
    const ssize_t written = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (written < 0 && errno != EAGAIN && errno != EINTR) {
      spent_ = true;  // it no longer reads; it may still have answered
      return;
    }
    try {
      if (wait_for(POLLIN | POLLOUT, deadline) & POLLIN) read_some(deadline);
    } catch (const ConnectionError&) {
      if (!arrived_.empty()) return;  // an answer, and the rest is not wanted
      throw ConnectionError(Kind::timeout, "the request was not taken in time: " +
                                               std::to_string(all - bytes.size()) + " of its " +
                                               std::to_string(all) + " bytes were");
    }
  }
}

HttpAnswer Connection::receive(const std::string& method, Deadline deadline) {
  std::string seen = arrived_.substr(0, 4096);  // for people
  HttpAnswerReader reader(method, std::exchange(arrived_, ""));
  while (!reader.done()) {
    try {
      if (ended_ || read_some(deadline) == Readable::end) {
        reader.end();
        continue;
      }
    } catch (const ConnectionError& error) {
      if (reader.received() == 0) throw;
      throw ConnectionError(error.kind(),
                            "the answer was not complete in time: " + reader.progress(), seen);
    }
    if (seen.size() < 4096) seen += arrived_.substr(0, 4096);
    reader.feed(std::exchange(arrived_, ""));
  }
  if (!reader.error().empty()) {
    spent_ = true;
    throw ConnectionError(ended_ ? Kind::closed : Kind::malformed, reader.error(), seen);
  }
  arrived_ = reader.rest();
  spent_ = spent_ || reader.ends_with_connection() || !reader.answer().keeps_connection();
  return reader.take_answer();
}

void Connection::expect_close(Deadline deadline) {
  if (arrived_.empty() && !ended_) {
    try {
      read_some(deadline);
    } catch (const ConnectionError&) {
      throw ConnectionError(Kind::timeout, "the connection was not closed in time");
    }
  }
  if (!arrived_.empty())
    throw ConnectionError(Kind::malformed,
                          "bytes where the connection should have been closed: " +
                              brief(Json(arrived_.substr(0, 100))),
                          arrived_);
  spent_ = true;
}

bool Connection::is_spent() {
  if (spent_ || ended_) return true;
  if (!arrived_.empty()) return false;
  // An idle connection that has become readable was closed, or has bytes on
  // it that nobody asked for, which send() reports.
  pollfd now = {descriptor_, POLLIN, 0};
  if (poll(&now, 1, 0) > 0) read_some(Clock::now() + std::chrono::seconds(1));
  return ended_ && arrived_.empty();
}

}  // namespace conformance
