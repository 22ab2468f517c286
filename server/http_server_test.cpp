#include "http_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "temporary_directory.h"

using namespace cache_server;

namespace {

const std::string kCount =
    "<methodCall><methodName>cache.getCount</methodName></methodCall>";

/// A server that is running, on a free port or on a Unix socket.
class Running {
 public:
  explicit Running(Listener listener = Listener::open_inet("127.0.0.1", 0),
                   const HttpLimits& limits = {})
      : listener_(std::move(listener)),
        service_("1.0"),
        responder_([this](std::string_view body) { return service_.answer(body); }, {},
                   listener_.is_unix()),
        server_(listener_, responder_, limits),
        thread_([this] { server_.serve(); }) {}

  explicit Running(const HttpLimits& limits)
      : Running(Listener::open_inet("127.0.0.1", 0), limits) {}

  ~Running() {
    server_.stop();
    thread_.join();
  }

  const std::string& url() const { return listener_.url(); }

 private:
  Listener listener_;
  Service service_;
  Responder responder_;
  HttpServer server_;
  std::thread thread_;
};

struct Answer {
  int status = 0;  // 0: the connection was closed instead
  std::string head;
  std::string body;
};

/// A client that sends exactly what it is told. Throws where it cannot, since Catch2's
/// assertions belong to the test's own thread.
class Connection {
 public:
  explicit Connection(const std::string& url) {
    if (url.starts_with("unix:")) {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      url.copy(address.sun_path, sizeof address.sun_path - 1, 5);
      connect(AF_UNIX, reinterpret_cast<sockaddr*>(&address), sizeof address);
    } else {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      const int port = std::stoi(url.substr(url.rfind(':') + 1));
      address.sin_port = htons(static_cast<std::uint16_t>(port));
      connect(AF_INET, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    // So that a test fails instead of hanging.
    const timeval deadline{10, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  }

  ~Connection() { ::close(descriptor_); }

  void send(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t n =
          ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) throw std::runtime_error("cannot send");
      sent += static_cast<std::size_t>(n);
    }
  }

  Answer receive(bool has_body = true) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive_some()) return {};
    }
    Answer answer;
    answer.head = received_.substr(0, end + 2);
    answer.status = std::stoi(answer.head.substr(9, 3));
    received_.erase(0, end + 4);
    const auto at = answer.head.find("\r\nContent-Length: ");
    if (at == std::string::npos || !has_body) return answer;
    const std::size_t length = std::stoul(answer.head.substr(at + 18));
    while (received_.size() < length) {
      if (!receive_some()) return {};
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
  }

  Answer post(const std::string& body, const std::string& headers = "",
              const std::string& path = "/RPC2") {
    send("POST " + path + " HTTP/1.1\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return receive();
  }

  /// Sends no more.
  void end() { ::shutdown(descriptor_, SHUT_WR); }

  bool is_closed() { return received_.empty() && !receive_some(); }

 private:
  void connect(int family, const sockaddr* address, socklen_t length) {
    descriptor_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(descriptor_, address, length) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }

  bool receive_some() {
    char buffer[65536];
    const ssize_t n = ::recv(descriptor_, buffer, sizeof buffer, 0);
    if (n > 0) received_.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

  int descriptor_ = -1;
  std::string received_;
};

}  // namespace

TEST_CASE("an answer is XML with a length, and the connection stays") {
  Running server;
  Connection connection(server.url());
  for (int i = 0; i < 2; ++i) {
    const Answer answer = connection.post(kCount);
    CHECK(answer.status == 200);
    CHECK(answer.head.find("\r\nContent-Type: text/xml\r\n") != std::string::npos);
    CHECK(answer.head.find("Keep-Alive") ==
          std::string::npos);  // it would name a time-out
    CHECK(answer.body.find("<int>0</int>") != std::string::npos);
  }
}

TEST_CASE("bad XML is 400, and the connection goes on") {
  Running server;
  Connection connection(server.url());
  CHECK(connection.post("junk").status == 400);
  CHECK(connection.post("").status == 400);
  CHECK(connection.post(kCount).status == 200);
}

TEST_CASE("pipelined and split requests are answered in order") {
  Running server;
  Connection connection(server.url());
  const std::string length = std::to_string(kCount.size());
  const std::string request =
      "POST /RPC2 HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n" + kCount;
  const std::string bad = "POST /RPC2 HTTP/1.1\r\nContent-Length: 4\r\n\r\njunk";
  connection.send(request + bad + "\r\n" + request);
  CHECK(connection.receive().status == 200);
  CHECK(connection.receive().status == 400);
  CHECK(connection.receive().status == 200);
  for (const char byte : request) connection.send(std::string(1, byte));
  CHECK(connection.receive().status == 200);
}

TEST_CASE("the connection is closed when the client asks for it") {
  Running server;
  const std::string end =
      "\r\nContent-Length: " + std::to_string(kCount.size()) + "\r\n\r\n" + kCount;
  for (const char* head :
       {"POST /RPC2 HTTP/1.1\r\nConnection: close",
        "POST /RPC2 HTTP/1.1\r\nConnection: Close, TE", "POST /RPC2 HTTP/1.0"}) {
    Connection connection(server.url());
    connection.send(head + end);
    CHECK(connection.receive().status == 200);
    CHECK(connection.is_closed());
  }
  Connection connection(server.url());
  for (int i = 0; i < 2; ++i) {
    connection.send("POST /RPC2 HTTP/1.0\r\nConnection: keep-alive" + end);
    CHECK(connection.receive().head.find("\r\nConnection: Keep-Alive\r\n") !=
          std::string::npos);
  }
}

TEST_CASE("a body of 8 MiB passes") {
  Running server;
  Connection connection(server.url());
  const std::string value(std::size_t{8} << 20, 'x');
  const auto call = [](const std::string& method, const std::string& values) {
    return "<methodCall><methodName>" + method + "</methodName><params>" + values +
           "</params></methodCall>";
  };
  const std::string key = "<param><value>big</value></param>";
  CHECK(
      connection
          .post(call("cache.store", key + "<param><value>" + value + "</value></param>"))
          .status == 200);
  CHECK(connection.post(call("cache.fetch", key)).body.find("<string>" + value + "<") !=
        std::string::npos);
}

TEST_CASE("a body without a clear length is refused, and never read as a request") {
  Running server;
  const std::string hidden =
      "POST /RPC2 HTTP/1.1\r\nContent-Length: " + std::to_string(kCount.size()) +
      "\r\n\r\n" + kCount;
  for (const char* fields :
       {"Transfer-Encoding: chunked\r\n", "Content-Length: abc\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n"}) {
    CAPTURE(fields);
    Connection connection(server.url());
    connection.send(std::string("POST /RPC2 HTTP/1.1\r\n") + fields + "\r\n" + hidden);
    const int status = connection.receive().status;
    CHECK((status == 400 || status == 411));
    CHECK(connection.is_closed());
  }
}

TEST_CASE("what is refused by its head needs no body, and the connection goes on") {
  Running server;
  Connection connection(server.url());
  connection.send("POST /nope HTTP/1.1\r\nContent-Length: 10\r\n\r\n123");
  CHECK(connection.receive().status == 400);
  connection.send("4567890");
  CHECK(connection.post(kCount).status == 200);
}

TEST_CASE("a request that does not come whole in time is refused") {
  Running server({.request_timeout = std::chrono::milliseconds(50)});
  for (const char* half :
       {"P", "POST /RPC2 HTTP/1.1\r\n", "POST /RPC2 HTTP/1.1\r\nContent-Length: 9\r\n\r\n<"}) {
    CAPTURE(half);
    Connection connection(server.url());
    connection.send(half);
    CHECK(connection.receive().status == 408);
    CHECK(connection.is_closed());
  }
  // The rest of a body that was not wanted does not come either.
  Connection refused(server.url());
  refused.send("POST /nope HTTP/1.1\r\nContent-Length: 9\r\n\r\n");
  CHECK(refused.receive().status == 400);
  CHECK(refused.receive().status == 408);

  // Between requests there is no limit.
  Connection idle(server.url());
  CHECK(idle.post(kCount).status == 200);
  // Nor after a body that was not wanted, and came in more than one piece.
  Connection unwanted(server.url());
  CHECK(unwanted.post(std::string(200'000, 'x'), "", "/nope").status == 400);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  CHECK(idle.post(kCount).status == 200);
  CHECK(unwanted.post(kCount).status == 200);
}

TEST_CASE("a connection too many gets 503, and there is room when one has gone") {
  Running server({.max_connections = 2});
  Connection first(server.url());
  CHECK(first.post(kCount).status == 200);
  {
    Connection second(server.url());
    CHECK(second.post(kCount).status == 200);
    Connection third(server.url());
    CHECK(third.receive().status == 503);
    CHECK(third.is_closed());
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  int status = 503;
  while (status != 200 && std::chrono::steady_clock::now() < end) {
    Connection next(server.url());
    next.send("");
    status = next.post(kCount).status;
  }
  CHECK(status == 200);
}

TEST_CASE("when requests take too much memory, the connection with most of it is closed") {
  Running server({.max_body = 1 << 20, .max_buffered = 300'000});
  const auto half_sent = [&](Connection& connection, std::size_t size) {
    connection.send("POST /RPC2 HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" +
                    std::string(size, 'x'));
  };
  Connection small(server.url());
  half_sent(small, 100'000);
  Connection large(server.url());
  half_sent(large, 250'000);
  CHECK(large.is_closed());
  Connection other(server.url());
  CHECK(other.post(kCount).status == 200);
  small.send(std::string(900'000, 'x'));  // alone it is too much, too
  CHECK(small.is_closed());
}

TEST_CASE("a client that takes no answers holds up nobody, and is not read from") {
  Running server({.request_timeout = std::chrono::milliseconds(300)});
  Connection other(server.url());
  const auto call = [](const std::string& method, const std::string& values) {
    return "<methodCall><methodName>" + method + "</methodName><params>" + values +
           "</params></methodCall>";
  };
  const std::string key = "<param><value>k</value></param>";
  REQUIRE(other.post(call("cache.store", key + "<param><value>" +
                                             std::string(1 << 20, 'x') +
                                             "</value></param>"))
              .status == 200);
  Connection deaf(server.url());
  const std::string fetch = call("cache.fetch", key);
  for (int i = 0; i < 50; ++i) {
    deaf.send("POST /RPC2 HTTP/1.1\r\nContent-Length: " + std::to_string(fetch.size()) +
              "\r\n\r\n" + fetch);
  }
  CHECK(other.post(kCount).status == 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  int answers = 0;
  while (deaf.receive().status == 200) ++answers;
  CHECK(answers < 50);  // it was given up
  CHECK(other.post(kCount).status == 200);
}

TEST_CASE("a client that has ended its side still gets its answers") {
  Running server;
  Connection connection(server.url());
  const std::string request =
      "POST /RPC2 HTTP/1.1\r\nContent-Length: " + std::to_string(kCount.size()) +
      "\r\n\r\n" + kCount;
  connection.send(request + request + "POST /RPC2 HT");
  connection.end();
  CHECK(connection.receive().status == 200);
  CHECK(connection.receive().status == 200);
  CHECK(connection.is_closed());
}

TEST_CASE("a refusal arrives although the client goes on sending") {
  Running server({.max_body = 1000});
  Connection connection(server.url());
  connection.send("POST /RPC2 HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n" +
                  std::string(2'000'000, 'x'));
  CHECK(connection.receive().status == 413);
  CHECK(connection.is_closed());
}

TEST_CASE("calls of many connections are answered in one thread") {
  std::thread::id thread;
  bool is_one = true;
  Listener listener = Listener::open_inet("127.0.0.1", 0);
  Responder responder(
      [&](std::string_view) {
        if (thread == std::thread::id()) thread = std::this_thread::get_id();
        is_one = is_one && thread == std::this_thread::get_id();
        return Reply{};
      },
      {}, false);
  HttpServer server(listener, responder);
  std::thread serving([&] { server.serve(); });
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      Connection connection(listener.url());
      for (int j = 0; j < 3; ++j) connection.post(kCount);
    });
  }
  for (std::thread& client : clients) client.join();
  server.stop();
  serving.join();
  CHECK(is_one);
}

TEST_CASE("stop is prompt with idle and half-sent requests, and is not lost before serve") {
  {
    Listener listener = Listener::open_inet("127.0.0.1", 0);
    Responder responder([](std::string_view) { return Reply{}; }, {}, false);
    HttpServer early(listener, responder);
    early.stop();
    early.serve();
  }
  auto server = std::make_unique<Running>();
  Connection idle(server->url());
  CHECK(idle.post(kCount).status == 200);
  Connection half(server->url());
  half.send("POST /RPC2 HTTP/1.1\r\nContent-Length: 100\r\n\r\n<");
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(300));
  CHECK(idle.is_closed());
  CHECK(half.is_closed());
}

TEST_CASE("an answer that is finished is sent before the server stops") {
  Listener listener = Listener::open_inet("127.0.0.1", 0);
  HttpServer* stopped = nullptr;
  Responder responder(
      [&](std::string_view) {
        stopped->stop_after({});
        return Reply{.body = std::string(std::size_t{8} << 20, 'x')};
      },
      {}, false);
  HttpServer server(listener, responder);
  stopped = &server;
  std::thread serving([&] { server.serve(); });
  Connection connection(listener.url());
  const Answer answer = connection.post(kCount);
  serving.join();
  CHECK(answer.body.size() == std::size_t{8} << 20);
  CHECK(connection.is_closed());
}

TEST_CASE("each answer is logged, and what was refused too") {
  std::vector<Access> log;
  Listener listener = Listener::open_inet("127.0.0.1", 0);
  Responder responder(
      [](std::string_view) { return Reply{.body = "x", .summary = "the call"}; }, {}, false);
  HttpServer server(listener, responder);
  server.set_log([&](const Access& access) { log.push_back(access); });
  std::thread serving([&] { server.serve(); });
  {
    Connection connection(listener.url());
    connection.post(kCount);
    connection.post(kCount, "", "/nope");
    connection.post(kCount, "", "/\xC2\x9B" + std::string(1000, 'x'));
    connection.send("garbage\r\n\r\n");
    connection.receive();
  }
  server.stop();
  serving.join();
  REQUIRE(log.size() == 4);
  CHECK(log[0].peer.starts_with("127.0.0.1:"));
  CHECK(log[0].request == "the call");
  CHECK(log[0].status == 200);
  CHECK(log[1].request ==
        "POST /nope -> Nothing is served here: POST calls to /RPC2");
  CHECK(log[1].status == 400);
  CHECK(log[2].request.starts_with("POST /\\u009bx"));
  CHECK(log[2].request.size() < 150);
  CHECK(log[3].status == 400);
}

TEST_CASE("a client that waits for 100 Continue gets it") {
  Running server;
  Connection connection(server.url());
  connection.send("POST /RPC2 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " +
                  std::to_string(kCount.size()) + "\r\n\r\n");
  CHECK(connection.receive().status == 100);
  connection.send(kCount);
  CHECK(connection.receive().status == 200);
}

TEST_CASE("a client that waits for 100 Continue gets it behind a long answer, too") {
  Listener listener = Listener::open_inet("127.0.0.1", 0);
  Responder responder([](std::string_view) { return Reply{.body = std::string(100'000, 'x')}; },
                      {}, false);
  HttpServer server(listener, responder);
  std::thread serving([&] { server.serve(); });
  {
    Connection connection(listener.url());
    const std::string length = "Content-Length: 1\r\n\r\n";
    connection.send("POST /RPC2 HTTP/1.1\r\n" + length + "x" +
                    "POST /RPC2 HTTP/1.1\r\nExpect: 100-continue\r\n" + length);
    CHECK(connection.receive().status == 200);
    CHECK(connection.receive().status == 100);
    connection.send("x");
    CHECK(connection.receive().status == 200);
  }
  server.stop();
  serving.join();
}

TEST_CASE("on a Unix socket a POST on any path is served") {
  TemporaryDirectory directory;
  const std::string path = directory.path / "s.sock";
  {
    Running server(Listener::open_unix(path));
    CHECK(server.url() == "unix:" + path);
    struct stat status{};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    Connection connection(server.url());
    for (const char* target : {"/RPC2", "/whatever", "/", "/a/b?c"}) {
      CHECK(connection.post(kCount, "", target).status == 200);
    }
    connection.send("GET /nope HTTP/1.1\r\n\r\n");
    CHECK(connection.receive().status == 404);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}
