#include "http_server.h"

#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <list>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace cache_server {
namespace {

constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxHeadBytes = std::size_t{1} << 20;

/// One accepted connection as cpp-httplib reads and writes it. Writes are collected, so
/// that an answer goes out in one piece; reads are buffered for the whole life of the
/// connection, so that pipelined requests are not lost.
class SocketStream : public httplib::Stream {
 public:
  explicit SocketStream(int descriptor) : descriptor_(descriptor) {}

  /// Waits for the first byte of a request; false if the client has closed. Skips blank
  /// lines before it (RFC 9112, 2.2).
  bool wait_for_request() {
    head_bytes_left_ = kMaxHeadBytes;
    while (fill()) {
      if (buffer_[begin_] != '\r' && buffer_[begin_] != '\n') return true;
      ++begin_;
    }
    return false;
  }

  /// Tells that the head has been read, and the body, whose length is known, begins.
  void head_is_read() { head_bytes_left_ = std::string::npos; }

  bool flush() {
    std::size_t sent = 0;
    while (sent < unsent_.size()) {
      const ssize_t n =
          ::send(descriptor_, unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    unsent_.clear();
    return true;
  }

  ssize_t read(char* out, std::size_t size) override {
    if (!fill() || head_bytes_left_ == 0) return -1;
    const std::size_t n = std::min({size, end_ - begin_, head_bytes_left_});
    if (head_bytes_left_ != std::string::npos) head_bytes_left_ -= n;
    std::copy_n(buffer_.data() + begin_, n, out);
    begin_ += n;
    return static_cast<ssize_t>(n);
  }

  ssize_t write(const char* data, std::size_t size) override {
    unsent_.append(data, size);
    return static_cast<ssize_t>(size);
  }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }

  // cpp-httplib turns away descriptors that select() cannot take. None is used here.
  socket_t socket() const override { return INVALID_SOCKET; }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}

 private:
  /// Makes sure that there is something to read. What was written goes out first: the
  /// client may be waiting for it (`100 Continue`).
  bool fill() {
    if (begin_ < end_) return true;
    if (!flush()) return false;
    ssize_t n = 0;
    do {
      n = ::recv(descriptor_, buffer_.data(), buffer_.size(), 0);
    } while (n < 0 && errno == EINTR);
    begin_ = 0;
    end_ = n > 0 ? static_cast<std::size_t>(n) : 0;
    return n > 0;
  }

  const int descriptor_;
  std::array<char, 16384> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t head_bytes_left_ = 0;
  std::string unsent_;
};

bool names_token(const httplib::Request& request, const char* header, std::string token) {
  std::string list = request.get_header_value(header);
  std::transform(list.begin(), list.end(), list.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::erase_if(list, [](char c) { return c == ' ' || c == '\t'; });
  return ("," + list + ",").find("," + token + ",") != std::string::npos;
}

/// The status that refuses a request whose body has no clear length; 0 if it has one.
/// cpp-httplib would guess, and take the rest of the body for the next request.
int framing_refusal(const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding")) return 411;
  const auto lengths = request.get_header_value_count("Content-Length");
  if (lengths == 0) return request.method == "POST" ? 411 : 0;
  const std::string length = request.get_header_value("Content-Length");
  const bool is_number = !length.empty() && length.size() <= 18 &&
                         length.find_first_not_of("0123456789") == std::string::npos;
  return lengths == 1 && is_number ? 0 : 400;
}

}  // namespace

class HttpServer::Impl : private httplib::Server {
 public:
  Impl(Listener listener, HttpServer::Handler handler)
      : listener_(std::move(listener)), handler_(std::move(handler)) {
    if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    set_payload_max_length(kMaxBodyBytes);
    set_exception_handler([](const auto&, auto& response, std::exception_ptr) {
      response.status = 500;  // without it cpp-httplib puts the text into a header
    });
    set_pre_routing_handler([](const auto& request, auto& response) {
      const int refusal = framing_refusal(request);
      if (refusal == 0) return HandlerResponse::Unhandled;
      response.status = refusal;
      return HandlerResponse::Handled;
    });
    // Reasons are for people; a client goes by the status.
    set_error_handler([](const auto&, auto& response) {
      if (response.body.empty()) {
        response.set_content("HTTP status " + std::to_string(response.status) + "\n",
                             "text/plain; charset=utf-8");
      }
    });
    set_post_routing_handler([](const auto& request, auto& response) {
      // Hints that do not hold here: connections stay, and ranges are not served.
      response.headers.erase("Keep-Alive");
      response.headers.erase("Accept-Ranges");
      if (request.version == "HTTP/1.0" && !response.has_header("Connection")) {
        response.set_header("Connection", "Keep-Alive");
      }
    });
    route();
  }

  ~Impl() override { ::close(wake_); }

  void serve() {
    std::array<pollfd, 2> events = {
        {{listener_.descriptor(), POLLIN, 0}, {wake_, POLLIN, 0}}};
    for (;;) {
      ::poll(events.data(), events.size(), -1);
      if (events[1].revents != 0) break;
      reap(false);
      accept();
    }
    for (const Connection& connection : connections_) {
      ::shutdown(connection.descriptor, SHUT_RDWR);
    }
    reap(true);
  }

  void stop() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake_, &one, sizeof one);
  }

 private:
  /// The descriptor stays open until the thread has been joined, so that serve() never
  /// shuts down a number that has been given to somebody else.
  struct Connection {
    int descriptor;
    std::atomic<bool> done = false;
    std::thread thread;
  };

  /// Paths are those that prepare() has left: `/RPC2` and `/`.
  void route() {
    const auto refuse = [](int status) {
      return [status](const httplib::Request&, httplib::Response& response) {
        response.status = status;
      };
    };
    Post("/RPC2", [this](const httplib::Request& request, httplib::Response& response) {
      Reply reply = [&] {
        const std::lock_guard lock(calls_);
        return handler_(request.body);
      }();
      response.status = reply.status;
      response.set_content(std::move(reply.body), reply.content_type.c_str());
    });
    Get("/RPC2", refuse(400));
    Get("/", refuse(404));
    Post("/", refuse(400));
    Put(".*", refuse(400));
    Patch(".*", refuse(400));
    Delete(".*", refuse(400));
    Options(".*", refuse(400));
  }

  void accept() {
    const int descriptor =
        ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) {
      // Too many open files: the connection stays in the queue, and poll() would say so
      // at once, for ever.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      return;
    }
    if (!listener_.is_unix()) {
      const int on = 1;
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    Connection& connection = connections_.emplace_back(descriptor);
    try {
      connection.thread = std::thread([this, &connection] {
        try {
          talk(connection.descriptor);
        } catch (const std::exception&) {  // out of memory: this connection ends
        }
        ::shutdown(connection.descriptor, SHUT_RDWR);
        connection.done = true;
      });
    } catch (const std::system_error&) {  // no more threads
      ::close(descriptor);
      connections_.pop_back();
    }
  }

  /// Ends the connections that are done, or waits for all of them to be.
  void reap(bool all) {
    std::erase_if(connections_, [all](Connection& connection) {
      if (!all && !connection.done) return false;
      connection.thread.join();
      ::close(connection.descriptor);
      return true;
    });
  }

  /// Answers the requests of one connection, until one side closes it.
  void talk(int descriptor) {
    SocketStream stream(descriptor);
    while (stream.wait_for_request()) {
      bool close = true;  // stays so if cpp-httplib refuses a head before prepare()
      bool ignored = false;
      const bool ok = process_request(stream, false, ignored, [&](auto& request) {
        stream.head_is_read();
        close = prepare(request);
      });
      if (!stream.flush() || !ok || close) return;
    }
  }

  /// Takes out of a request's head what cpp-httplib would act on and the cache does not,
  /// and says whether the connection is to be closed after the answer.
  bool prepare(httplib::Request& request) const {
    request.ranges.clear();
    for (const char* header : {"Accept-Encoding", "Content-Encoding", "Content-Type"}) {
      request.headers.erase(header);
    }
    const bool served = request.path.starts_with("/RPC2") ||
                        (listener_.is_unix() && request.method == "POST");
    request.path = served ? "/RPC2" : "/";

    // cpp-httplib reads a body without a length until the client closes, and leaves that
    // of a GET unread.
    if (request.method != "POST" && !request.has_header("Content-Length")) {
      request.set_header("Content-Length", "0");
    }
    const bool body_is_read = request.method == "POST" || request.method == "PUT" ||
                              request.method == "PATCH" || request.method == "DELETE";
    const bool close =
        framing_refusal(request) != 0 ||
        (!body_is_read && request.get_header_value("Content-Length") != "0") ||
        names_token(request, "Connection", "close") ||
        (request.version == "HTTP/1.0" &&
         !names_token(request, "Connection", "keep-alive"));
    request.headers.erase("Connection");
    if (close) request.headers.emplace("Connection", "close");
    return close;
  }

  const Listener listener_;
  const HttpServer::Handler handler_;
  const int wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::mutex calls_;
  std::list<Connection> connections_;  // serve()'s thread only
};

HttpServer::HttpServer(Listener listener, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(listener), std::move(handler))) {}

HttpServer::~HttpServer() = default;

void HttpServer::serve() { impl_->serve(); }

void HttpServer::stop() { impl_->stop(); }

}  // namespace cache_server
