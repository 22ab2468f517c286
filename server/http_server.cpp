#include "http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <map>
#include <new>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "call_text.h"
#include "connection.h"
#include "framing.h"

namespace cache_server {
namespace {

using Clock = std::chrono::steady_clock;

/// Answers to pipelined requests are gathered up to here, and go out in one write.
constexpr std::size_t kGathered = std::size_t{64} << 10;

/// How often deadlines are looked at.
constexpr std::chrono::milliseconds kTick{200};

/// For how long a refused client may go on sending before the connection is closed: one
/// that is closed with bytes unread may lose the refusal.
constexpr std::chrono::milliseconds kLinger{1000};

/// For how long clients may take their last answers once the server is stopped.
constexpr std::chrono::milliseconds kFlush{200};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Listener& listener, Responder& responder, const HttpLimits& limits)
      : listener_(listener), responder_(responder), limits_(limits) {
    if (epoll_ < 0 || wake_ < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll");
    }
    add(wake_);
  }

  ~Impl() {
    ::close(wake_);
    ::close(epoll_);
  }

  void set_log(std::function<void(const Access&)> log) { log_ = std::move(log); }

  void watch(int descriptor, std::function<void()> ready) {
    watched_.emplace(descriptor, std::move(ready));
    add(descriptor);
  }

  void when_idle(std::function<void()> idle) { idle_ = std::move(idle); }

  void serve() {
    accept_more(true);
    while (!is_stopped_ && Clock::now() < end_) {
      wait(end_);
      tick();
    }
    accept_more(false);
    flush_all();
    connections_.clear();
  }

  void stop_after(std::chrono::milliseconds delay) {
    end_ = std::min(end_, Clock::now() + delay);
  }

  void stop() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake_, &one, sizeof one);
  }

 private:
  using Connections = std::unordered_map<int, Connection>;

  /// False if the system has no room for it.
  bool add(int descriptor) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
  }

  void remove(int descriptor) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  }

  /// Waits for something to happen, or for `until` or the next tick, and deals with it.
  void wait(Clock::time_point until) {
    std::array<epoll_event, 256> events;
    const bool ticks = has_deadlines_ || !is_accepting_ || was_busy_;
    int timeout = ticks ? static_cast<int>(kTick.count()) : -1;
    if (until != Clock::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      const auto bounded = std::clamp<std::chrono::milliseconds::rep>(
          left.count(), 0, ticks ? kTick.count() : std::numeric_limits<int>::max());
      timeout = static_cast<int>(bounded);
    }
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    if (count > 0) {
      was_busy_ = true;
    } else if (count == 0 && std::exchange(was_busy_, false) && idle_) {
      idle_();
    }
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == wake_) {
        is_stopped_ = true;
      } else if (descriptor == listener_.descriptor()) {
        accept_all();
      } else if (const auto watched = watched_.find(descriptor); watched != watched_.end()) {
        watched->second();
      } else if (const auto entry = connections_.find(descriptor);
                 entry != connections_.end()) {  // it may have been closed a moment ago
        const std::uint32_t told = events[static_cast<std::size_t>(i)].events;
        if (!stays([&] { return serve(entry->second, told); })) close(entry);
      }
    }
    while (buffered_ > limits_.max_buffered) close_largest();
  }

  void accept_more(bool yes) {
    if (yes == is_accepting_) return;
    if (!yes) remove(listener_.descriptor());
    is_accepting_ = yes && add(listener_.descriptor());  // if not, the next tick tries again
  }

  void accept_all() {
    for (int i = 0; i < 64; ++i) {
      const int descriptor =
          ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (descriptor < 0) {
        // Too many open files: the client stays in the queue, of which epoll would go on
        // to tell. The next tick tries again.
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          accept_more(false);
        }
        return;
      }
      if (!listener_.is_unix()) {
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      }
      Connections::iterator entry;
      const auto take_in = [&] {
        entry = connections_.try_emplace(descriptor, descriptor, ++accepted_, limits_.max_body)
                    .first;
        return true;
      };
      if (!stays(take_in)) {
        ::close(descriptor);  // perhaps a second time, and nothing has taken it since
        return;
      }
      entry->second.events = EPOLLIN;
      if (!add(descriptor)) {
        close(entry);
        return;
      }
      const auto turn_away = [&] {
        refuse(entry->second,
               {503, "there are " + std::to_string(limits_.max_connections) +
                         " connections already (--max-connections)"});
        return settle(entry->second);
      };
      if (connections_.size() > limits_.max_connections && !stays(turn_away)) close(entry);
    }
  }

  void close(Connections::iterator entry) {
    buffered_ -= entry->second.counted;
    connections_.erase(entry);  // which takes it out of epoll, too
  }

  void close_largest() {
    close(std::max_element(connections_.begin(), connections_.end(),
                           [](const auto& a, const auto& b) {
                             return a.second.counted < b.second.counted;
                           }));
  }

  /// Whether a connection stays after `work` on it: what `work` says, and it does not if
  /// there is no memory for it. The others go on.
  template <typename Work>
  static bool stays(Work work) {
    try {
      return work();
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  /// Deals with what epoll tells of a connection; false if it is to be closed.
  bool serve(Connection& connection, std::uint32_t events) {
    return ((events & ~EPOLLOUT) == 0 || connection.read()) && settle(connection);
  }

  /// Answers and writes a piece of what can be, and says what to wait for; false if the
  /// connection is to be closed.
  bool settle(Connection& connection) {
    if (connection.unsent() == 0) answer(connection);
    if (!connection.write()) return false;

    // The rest waits until the others have had their turn: there may be no end of it, if
    // the client takes answers as fast as they are made.
    const bool has_more = connection.unsent() > 0 || is_answerable(connection);
    if (!has_more) {
      if (connection.client_has_ended()) return false;
      if (connection.ending == Connection::Ending::after_answer) {
        connection.ending = Connection::Ending::draining;
        connection.deadline.reset();
        ::shutdown(connection.descriptor(), SHUT_WR);
      }
    }
    // While an answer is on its way nothing is read: who takes none may not ask for more.
    wait_for(connection, has_more ? EPOLLOUT : EPOLLIN);
    set_deadline(connection);
    count_buffered(connection);
    return true;
  }

  /// Whether there is something to say without a further byte from the client.
  bool is_answerable(Connection& connection) const {
    if (connection.ending != Connection::Ending::no) return false;
    const auto progress = connection.framing.progress();
    return progress == Framing::Progress::complete ||
           progress == Framing::Progress::refused ||
           (progress == Framing::Progress::body && !connection.head_is_seen);
  }

  /// Answers the requests that are complete, or refused by their head.
  void answer(Connection& connection) {
    while (connection.unsent() < kGathered && is_answerable(connection)) {
      const auto begin = Clock::now();
      const Framing::Progress progress = connection.framing.progress();
      if (progress == Framing::Progress::refused) {
        refuse(connection, connection.framing.refusal());
      } else if (progress == Framing::Progress::complete) {
        finish(connection,
               responder_.answer(connection.framing.request(), connection.number), begin);
      } else {
        answer_head(connection, begin);
      }
    }
  }

  /// Answers if the head alone is enough for it.
  void answer_head(Connection& connection, Clock::time_point begin) {
    connection.head_is_seen = true;
    const Request& request = connection.framing.request();
    if (auto answer = responder_.answer_head(request)) {
      finish(connection, *std::move(answer), begin);
    } else if (request.expects_continue) {
      connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    }
  }

  void finish(Connection& connection, Responder::Answer answer, Clock::time_point begin) {
    const Request& request = connection.framing.request();
    connection.send(std::move(answer.bytes));
    if (!request.keep_alive) connection.ending = Connection::Ending::after_answer;
    if (log_) {
      if (answer.summary.empty()) {
        answer.summary = printable(std::string(request.method) + " " +
                                   std::string(request.target)) +
                         " -> " + answer.reason;
      }
      log_({connection.peer(), std::move(answer.summary), answer.status,
            Clock::now() - begin});
    }
    connection.framing.drop();
    connection.head_is_seen = false;
    connection.deadline.reset();
  }

  /// Tells a client why nothing more is read from it.
  void refuse(Connection& connection, const Refusal& refusal) {
    connection.ending = Connection::Ending::after_answer;
    if (refusal.status == 0) return;
    Responder::Answer answer = responder_.refuse(refusal);
    connection.send(std::move(answer.bytes));
    if (log_) {
      log_({connection.peer(), "(" + refusal.reason + ")", answer.status, {}});
    }
  }

  void wait_for(Connection& connection, std::uint32_t events) {
    if (connection.events == events) return;
    connection.events = events;
    epoll_event event{.events = events, .data = {.fd = connection.descriptor()}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor(), &event);
  }

  void set_deadline(Connection& connection) {
    const bool idle = connection.unsent() == 0 &&
                      connection.ending == Connection::Ending::no &&
                      connection.framing.progress() == Framing::Progress::nothing;
    if (idle) {
      connection.deadline.reset();
    } else if (!connection.deadline) {
      connection.deadline =
          Clock::now() + (connection.ending == Connection::Ending::draining
                              ? kLinger
                              : limits_.request_timeout);
      has_deadlines_ = true;
    }
  }

  /// Closes what is late.
  void tick() {
    const auto now = Clock::now();
    if (now < next_tick_) return;
    next_tick_ = now + kTick;
    accept_more(true);
    if (!has_deadlines_) return;
    has_deadlines_ = false;
    for (auto entry = connections_.begin(); entry != connections_.end();) {
      const auto current = entry++;
      Connection& connection = current->second;
      if (!connection.deadline) continue;
      has_deadlines_ = true;
      if (now < *connection.deadline) continue;
      if (connection.events == EPOLLOUT || connection.ending != Connection::Ending::no) {
        close(current);
        continue;
      }
      const auto turn_away = [&] {
        connection.deadline.reset();
        refuse(connection, {408, "the request did not come whole in time "
                                 "(--request-timeout)"});
        return settle(connection);
      };
      if (!stays(turn_away)) close(current);
    }
  }

  void count_buffered(Connection& connection) {
    buffered_ += connection.size() - connection.counted;
    connection.counted = connection.size();
  }

  /// Lets clients take the answers that are finished.
  void flush_all() {
    const auto end = Clock::now() + kFlush;
    remove(wake_);         // it has been read of, and is not emptied
    is_accepting_ = true;  // for wait(): there is nobody to try again
    for (;;) {
      for (auto entry = connections_.begin(); entry != connections_.end();) {
        const auto current = entry++;
        if (current->second.unsent() == 0) close(current);
      }
      if (connections_.empty() || Clock::now() >= end) break;
      wait(end);
    }
    is_accepting_ = false;
  }

  Listener& listener_;
  Responder& responder_;
  const HttpLimits limits_;
  std::function<void(const Access&)> log_;
  std::function<void()> idle_;
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  const int wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::map<int, std::function<void()>> watched_;
  Connections connections_;
  Clock::time_point end_ = Clock::time_point::max();
  Clock::time_point next_tick_;
  bool is_stopped_ = false;
  std::uint64_t accepted_ = 0;  // connections so far
  bool is_accepting_ = false;
  bool has_deadlines_ = false;
  bool was_busy_ = false;
  std::size_t buffered_ = 0;
};

HttpServer::HttpServer(Listener& listener, Responder& responder, const HttpLimits& limits)
    : impl_(std::make_unique<Impl>(listener, responder, limits)) {}

HttpServer::~HttpServer() = default;

void HttpServer::set_log(std::function<void(const Access&)> log) {
  impl_->set_log(std::move(log));
}

void HttpServer::watch(int descriptor, std::function<void()> ready) {
  impl_->watch(descriptor, std::move(ready));
}

void HttpServer::when_idle(std::function<void()> idle) {
  impl_->when_idle(std::move(idle));
}

void HttpServer::serve() { impl_->serve(); }

void HttpServer::stop_after(std::chrono::milliseconds delay) { impl_->stop_after(delay); }

void HttpServer::stop() { impl_->stop(); }

}  // namespace cache_server
