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
  explicit Running(Listener listener = Listener::open_inet("127.0.0.1", 0))
      : url_(listener.url()),
        service_("1.0"),
        server_(std::move(listener),
                [this](std::string_view body) { return service_.answer(body); }),
        thread_([this] { server_.serve(); }) {}

  ~Running() {
    server_.stop();
    thread_.join();
  }

  const std::string& url() const { return url_; }

 private:
  std::string url_;
  Service service_;
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

TEST_CASE("no header of a client's changes the answer") {
  Running server;
  Connection connection(server.url());
  const std::string plain = connection.post(kCount).body;
  for (const char* headers :
       {"Authorization: Basic Og==\r\n", "Accept-Encoding: gzip, deflate, br\r\n",
        "Range: bytes=0-3\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data\r\n", "Content-Encoding: gzip\r\n",
        "Host: /whatever\r\nUser-Agent: x\r\n", "Connection: TE\r\nTE: trailers\r\n"}) {
    CAPTURE(headers);
    const Answer answer = connection.post(kCount, headers);
    CHECK(answer.status == 200);
    CHECK(answer.body == plain);
    CHECK(answer.head.find("Content-Encoding") == std::string::npos);
  }
}

TEST_CASE("a form's content type does not limit the body") {
  Running server;
  Connection connection(server.url());
  const Answer answer =
      connection.post(kCount + std::string(100000, ' '),
                      "Content-Type: application/x-www-form-urlencoded\r\n");
  CHECK(answer.status == 200);
}

TEST_CASE("bad XML is 400, and the connection goes on") {
  Running server;
  Connection connection(server.url());
  CHECK(connection.post("junk").status == 400);
  CHECK(connection.post("").status == 400);
  CHECK(connection.post(kCount).status == 200);
}

TEST_CASE("on an inet socket only paths that begin /RPC2 are served") {
  Running server;
  Connection connection(server.url());
  for (const char* path :
       {"/RPC2", "/RPC2/", "/RPC2/foo", "/RPC2foo", "/RPC2?x", "/RPC2%20x"}) {
    CHECK(connection.post(kCount, "", path).status == 200);
  }
  CHECK(connection.post(kCount, "", "/RPC2/" + std::string(5000, 'a')).status == 200);
  for (const char* path : {"/", "/rpc2", "/RPC", "/nope", "//RPC2"}) {
    CHECK(connection.post(kCount, "", path).status == 400);
  }
  CHECK(connection.post(kCount).status == 200);
}

TEST_CASE("other methods are refused") {
  Running server;
  Connection connection(server.url());
  for (const char* method : {"GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
    CAPTURE(method);
    connection.send(std::string(method) + " /RPC2 HTTP/1.1\r\n\r\n");
    CHECK(connection.receive().status == 400);
  }
  connection.send("HEAD /RPC2 HTTP/1.1\r\n\r\n");
  CHECK(connection.receive(false).status == 400);
  connection.send("GET /nope HTTP/1.1\r\n\r\n");
  CHECK(connection.receive().status == 404);
  CHECK(connection.post(kCount).status == 200);
}

TEST_CASE("a body without a clear length is refused, and never read as a request") {
  Running server;
  const std::string hidden =
      "POST /RPC2 HTTP/1.1\r\nContent-Length: " + std::to_string(kCount.size()) +
      "\r\n\r\n" + kCount;
  const auto status = [&](const std::string& headers) {
    Connection connection(server.url());
    connection.send("POST /RPC2 HTTP/1.1\r\n" + headers + "\r\n" + hidden);
    const int first = connection.receive().status;
    CHECK(connection.is_closed());
    return first;
  };
  CHECK(status("") == 411);
  CHECK(status("Transfer-Encoding: chunked\r\n") == 411);
  CHECK(status("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") == 411);
  CHECK(status("Content-Length: abc\r\n") == 400);
  CHECK(status("Content-Length: -5\r\n") == 400);
  CHECK(status("Content-Length: 3\r\nContent-Length: 4\r\n") == 400);
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

TEST_CASE("calls of many connections do not overlap") {
  int inside = 0;
  int most = 0;
  Listener listener = Listener::open_inet("127.0.0.1", 0);
  const std::string url = listener.url();
  HttpServer server(std::move(listener), [&](std::string_view) {
    most = std::max(most, ++inside);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    --inside;
    return Reply{};
  });
  std::thread serving([&] { server.serve(); });
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      Connection connection(url);
      for (int j = 0; j < 3; ++j) connection.post(kCount);
    });
  }
  for (std::thread& client : clients) client.join();
  server.stop();
  serving.join();
  CHECK(most == 1);
}

TEST_CASE(
    "stop is prompt with idle and half-sent requests, and is not lost before serve") {
  HttpServer early(Listener::open_inet("127.0.0.1", 0),
                   [](std::string_view) { return Reply{}; });
  early.stop();
  early.serve();

  auto server = std::make_unique<Running>();
  Connection idle(server->url());
  CHECK(idle.post(kCount).status == 200);
  Connection half(server->url());
  half.send("POST /RPC2 HTTP/1.1\r\nContent-Length: 100\r\n\r\n<");
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(500));
  CHECK(idle.is_closed());
  CHECK(half.is_closed());
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
