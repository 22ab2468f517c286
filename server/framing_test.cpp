#include "framing.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace cache_server;
using Progress = Framing::Progress;

namespace {

constexpr std::size_t kMaxBody = 1000;

/// What a sequence of bytes is cut into: `METHOD TARGET|BODY|keep` a request, the status a
/// refusal, and at the end what is left over.
std::vector<std::string> cut(const std::string& bytes, std::size_t piece) {
  Framing framing(kMaxBody);
  std::vector<std::string> found;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    framing.append(std::string_view(bytes).substr(at, piece));
    while (framing.progress() == Progress::complete) {
      const Request& request = framing.request();
      found.push_back(std::string(request.method) + " " + std::string(request.target) + "|" +
                      std::string(request.body) + (request.keep_alive ? "|keep" : "|close"));
      framing.drop();
    }
  }
  switch (framing.progress()) {
    case Progress::nothing: break;
    case Progress::head: found.push_back("head"); break;
    case Progress::body: found.push_back("body"); break;
    case Progress::complete: break;
    case Progress::refused: found.push_back(std::to_string(framing.refusal().status)); break;
  }
  return found;
}

/// The same however the bytes are cut into pieces.
std::vector<std::string> cut(const std::string& bytes) {
  const auto whole = cut(bytes, bytes.size());
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U}) CHECK(cut(bytes, piece) == whole);
  return whole;
}

using Found = std::vector<std::string>;

std::string post(const std::string& fields, const std::string& body = "") {
  return "POST /RPC2 HTTP/1.1\r\n" + fields + "\r\n" + body;
}

}  // namespace

TEST_CASE("a head counts with what tells where its fields are") {
  std::string fields;
  for (int i = 0; i < 10'000; ++i) fields += "a:\n";
  Framing framing(kMaxBody);
  framing.append(post(fields + "Content-Length: 1\r\n"));
  REQUIRE(framing.progress() == Progress::body);
  CHECK(framing.size() > 10'000 * sizeof(Request::Field));
  framing.append("x");
  REQUIRE(framing.progress() == Progress::complete);
  framing.drop();
  CHECK(framing.size() == 0);
}

TEST_CASE("a request is its head and as many bytes as Content-Length says") {
  CHECK(cut(post("Content-Length: 3\r\n", "abc")) == Found{"POST /RPC2|abc|keep"});
  CHECK(cut(post("content-length:3\r\n", "abc")) == Found{"POST /RPC2|abc|keep"});
  CHECK(cut(post("Content-Length:  \t 3 \r\n", "abc")) == Found{"POST /RPC2|abc|keep"});
  CHECK(cut(post("Content-Length: 0003\r\n", "abc")) == Found{"POST /RPC2|abc|keep"});
  CHECK(cut(post("Content-Length: 3\r\n", "ab")) == Found{"body"});
  CHECK(cut(post("Content-Length: 0\r\n")) == Found{"POST /RPC2||keep"});
  CHECK(cut(post("Content-Length: \r\n")) == Found{"POST /RPC2||keep"});
  CHECK(cut("GET / HTTP/1.1\r\n\r\n") == Found{"GET /||keep"});
  CHECK(cut("GET / HTTP/1.1\r\nHost: x\r\n") == Found{"head"});
  CHECK(cut("") == Found{});
}

TEST_CASE("requests may follow each other at once, and an empty line come between them") {
  const std::string one = post("Content-Length: 3\r\n", "abc");
  CHECK(cut("\r\n" + one + "\n" + one + "GET /x HTTP/1.1\r\n\r\nGE") ==
        Found{"POST /RPC2|abc|keep", "POST /RPC2|abc|keep", "GET /x||keep", "head"});
  CHECK(cut(one + "\r\n") == Found{"POST /RPC2|abc|keep"});
  CHECK(cut(one + "\r\n\r\n" + one) == Found{"POST /RPC2|abc|keep", "0"});
  CHECK(cut("\r\n\r\n") == Found{"0"});
  CHECK(cut("\n\n" + one) == Found{"0"});
  CHECK(cut("\r\n\x01" + one) == Found{"400"});
}

TEST_CASE("the head of a request is known before its body") {
  Framing framing(kMaxBody);
  framing.append(post("Content-Length: 10\r\nX-A:  b \r\nExpect: 100-Continue\r\n", "123"));
  REQUIRE(framing.progress() == Progress::body);
  CHECK(framing.request().content_length == 10U);
  CHECK(framing.request().expects_continue);
  CHECK(framing.request().body.empty());
  REQUIRE(framing.request().fields.size() == 3);
  CHECK(framing.request().fields[1].name == "X-A");
  CHECK(framing.request().fields[1].value == "b");
  CHECK(is_field(framing.request().fields[0], "content-length"));
  CHECK_FALSE(is_field(framing.request().fields[0], "content-lengt"));
}

TEST_CASE("a client of HTTP/1.0 cannot wait for 100 Continue") {
  Framing framing(kMaxBody);
  framing.append("POST / HTTP/1.0\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(framing.progress() == Progress::body);
  CHECK_FALSE(framing.request().expects_continue);
}

TEST_CASE("the rest of the body of a dropped request is skipped") {
  Framing framing(kMaxBody);
  framing.append(post("Content-Length: 10\r\n", "123"));
  REQUIRE(framing.progress() == Progress::body);
  framing.drop();
  CHECK(framing.progress() == Progress::head);  // it is not idle: bytes are due
  framing.append("4567");
  CHECK(framing.progress() == Progress::head);
  framing.append("890GET /next HTTP/1.1\r\n\r\n");
  REQUIRE(framing.progress() == Progress::complete);
  CHECK(framing.request().target == "/next");
  framing.drop();
  CHECK(framing.progress() == Progress::nothing);
  CHECK(framing.size() == 0);
}

TEST_CASE("no length is guessed") {
  for (const char* fields :
       {"Content-Length: abc\r\n", "Content-Length: -5\r\n", "Content-Length: +5\r\n",
        "Content-Length: 0x10\r\n", "Content-Length: 1_0\r\n", "Content-Length: 1 0\r\n",
        "Content-Length: 1,1\r\n", "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\ncontent-length: 4\r\n", "Content-Length: 1\r\n 0\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"}) {
    CAPTURE(fields);
    CHECK(cut(post(fields, "abcGET / HTTP/1.1\r\n\r\n")) == Found{"400"});
  }
  CHECK(cut(post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n")) == Found{"411"});
  CHECK(cut(post("Content-Length: 1000\r\n")) == Found{"body"});
  CHECK(cut(post("Content-Length: 1001\r\n")) == Found{"413"});
  CHECK(cut(post("Content-Length: 99999999999999999999999\r\n")) == Found{"413"});
}

TEST_CASE("heads are read as leniently as is harmless") {
  for (const char* head :
       {"POST /RPC2 HTTP/1.1\nContent-Length: 3\n\n",
        "POST /RPC2 HTTP/2.0\r\nContent-Length: 3\r\n\r\n",
        "POST /RPC2 HTTP/1.1\r\nno colon\r\nContent-Length: 3\r\n\r\n",
        "POST /RPC2 HTTP/1.1\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\n",
        "POST /RPC2 HTTP/1.1\r\n leading\r\nContent-Length: 3\r\n\r\n",
        "POST /RPC2 HTTP/1.1\r\nX:\r\n\tb\r\nContent-Length: 3\r\n\r\n",
        "POST /RPC2 HTTP/1.1\r\n: x\r\nContent-Length: 3\r\n\r\n",
        "POST /RPC2 HTTP/1.1\r\nX: \xff\r\nContent-Length: 3\r\n\r\n"}) {
    CAPTURE(head);
    CHECK(cut(head + std::string("abc")) == Found{"POST /RPC2|abc|keep"});
  }
}

TEST_CASE("what is no head of HTTP is refused") {
  for (const char* head :
       {"garbage\r\n\r\n", "POST\r\n\r\n", "POST \r\n\r\n", " / HTTP/1.1\r\n\r\n",
        "POST  /RPC2 HTTP/1.1\r\n\r\n", "POST /RPC2  HTTP/1.1\r\n\r\n",
        "POST /RPC2 http/1.1\r\n\r\n", "POST /RPC2 HTTP/\r\n\r\n",
        "POST /RPC2 HTTP/x\r\n\r\n", "POST /RPC2 HTTP/1.1 x\r\n\r\n",
        "POST /a b HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length : 3\r\n\r\n", "GET / HTTP/1.1\r\nX\t: a\r\n\r\n", "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n"}) {
    CAPTURE(head);
    CHECK(cut(head) == Found{"400"});
  }
  // At once: what speaks TLS may never send the end of a line.
  CHECK(cut("\x16\x03\x01\x02") == Found{"400"});
  CHECK(cut(std::string("GET / HTTP/1.1\r\nX: \0", 20)) == Found{"400"});
}

TEST_CASE("a refusal says why") {
  const auto refused = [](const std::string& bytes) {
    Framing framing(kMaxBody);
    framing.append(bytes);
    REQUIRE(framing.progress() == Progress::refused);
    return framing.refusal().reason;
  };
  CHECK(refused(std::string((128 << 10) + 1, 'a')) ==
        "the head of the request is longer than 131072 bytes");
  CHECK(refused("\x16") == "the head of the request holds a control character");
  CHECK(refused(post("X: a\rb\r\n")) ==
        "the head of the request holds a CR that ends no line");
  CHECK(refused("garbage\r\n\r\n") ==
        "the request line is not METHOD TARGET HTTP/VERSION");
  CHECK(refused(post("Content-Length : 3\r\n")) ==
        "there is a blank before the colon of a field");
  CHECK(refused(post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")) ==
        "there are a Content-Length and a Transfer-Encoding");
  CHECK(refused(post("Transfer-Encoding: chunked\r\n")) ==
        "a Transfer-Encoding is not supported; send a Content-Length");
  CHECK(refused(post("Content-Length: a\r\n")) == "Content-Length is not a number");
  CHECK(refused(post("Content-Length: 3\r\nContent-Length: 3\r\n")) ==
        "there is more than one Content-Length");
  CHECK(refused(post("Content-Length: 1001\r\n")) ==
        "the body is longer than 1000 bytes (--max-body)");
}

TEST_CASE("the client says whether the connection stays") {
  const auto keeps = [](const std::string& version, const std::string& fields) {
    const auto found = cut("GET /" + version + "\r\n" + fields + "\r\n");
    REQUIRE(found.size() == 1);
    return found[0] == "GET /||keep";
  };
  CHECK(keeps(" HTTP/1.1", ""));
  CHECK(keeps(" HTTP/1.1", "Connection: TE\r\n"));
  CHECK(keeps(" HTTP/1.0", "Connection: Keep-Alive\r\n"));
  CHECK(keeps(" HTTP/1.0", "Connection: TE , keep-alive\r\n"));
  CHECK_FALSE(keeps(" HTTP/1.0", ""));
  CHECK_FALSE(keeps("", ""));
  CHECK_FALSE(keeps(" HTTP/1.1", "Connection: Close\r\n"));
  CHECK_FALSE(keeps(" HTTP/1.1", "Connection: TE, close\r\n"));
  CHECK_FALSE(keeps(" HTTP/1.1", "Connection: TE,close\r\n"));
  CHECK(keeps(" HTTP/1.1", "Connection: TE,\r\n"));
  CHECK_FALSE(keeps(" HTTP/1.1", "Connection: close, keep-alive\r\n"));
  CHECK_FALSE(keeps(" HTTP/1.1", "Connection: TE\r\nConnection: close\r\n"));
}

TEST_CASE("a head may have 128 KiB") {
  const std::string line = "X: " + std::string(997, 'x') + "\r\n";
  std::string fields;
  while (fields.size() + line.size() < Framing::kMaxHead - 100) fields += line;
  CHECK(cut(post(fields), 1000) == Found{"POST /RPC2||keep"});
  CHECK(cut(post(fields + line), 1000) == Found{"431"});
  CHECK(cut(std::string(Framing::kMaxHead + 1, 'x'), 1000) == Found{"431"});
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "X-1: y\r\n";
  CHECK(cut(post(many), 1000) == Found{"POST /RPC2||keep"});
}

TEST_CASE("what is refused is not kept, and nothing more is read") {
  Framing framing(kMaxBody);
  framing.append("garbage\r\n\r\n" + post("Content-Length: 0\r\n"));
  REQUIRE(framing.progress() == Progress::refused);
  framing.append(post("Content-Length: 0\r\n"));
  CHECK(framing.progress() == Progress::refused);
  CHECK(framing.size() == 0);
}
