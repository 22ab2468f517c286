#include "responder.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cache_server;

namespace {

/// The answer of a responder to the head of a request, whose body is `body`.
struct Asked {
  Credentials credentials = {};
  bool any_path = false;

  Responder::Answer operator()(const std::string& head, const std::string& body = "") const {
    Responder responder(
        [](std::string_view called) {
          return Reply{.body = "<" + std::string(called) + ">", .summary = "called"};
        },
        credentials, any_path);
    Framing framing(1000);
    framing.append(head + "\r\n\r\n" + body);
    REQUIRE(framing.progress() == Framing::Progress::complete);
    const auto by_head = responder.answer_head(framing.request());
    const auto answer = responder.answer(framing.request());
    // What is decided without the body is decided alike with it.
    CHECK(by_head.has_value() == (answer.summary != "called"));
    if (by_head) CHECK(by_head->bytes == answer.bytes);
    return answer;
  }
};

const std::string kPost = "POST /RPC2 HTTP/1.1\r\nContent-Length: 4";

bool has_line(const Responder::Answer& answer, const std::string& line) {
  return answer.bytes.find("\r\n" + line + "\r\n") < answer.bytes.find("\r\n\r\n");
}

}  // namespace

TEST_CASE("a POST to /RPC2 is answered by the handler") {
  const auto answer = Asked()(kPost, "body");
  CHECK(answer.status == 200);
  CHECK(answer.summary == "called");
  CHECK(answer.bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.bytes.ends_with("\r\n\r\n<body>"));
  CHECK(has_line(answer, "Content-Type: text/xml"));
  CHECK(has_line(answer, "Content-Length: 6"));
}

TEST_CASE("no field of a client's changes the answer") {
  const std::string plain = Asked()(kPost, "body").bytes;
  for (const char* field :
       {"Authorization: Basic Og==", "Accept-Encoding: gzip, deflate, br",
        "Range: bytes=0-3", "Range: nonsense", "Expect: 100-continue",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data", "Content-Encoding: gzip", "Host: /whatever",
        "User-Agent: x", "Connection: TE", "REMOTE_ADDR: x"}) {
    CAPTURE(field);
    CHECK(Asked()(kPost + "\r\n" + field, "body").bytes == plain);
  }
}

TEST_CASE("only paths that begin /RPC2 are served, unless all are") {
  for (const char* path :
       {"/RPC2", "/RPC2/", "/RPC2/foo", "/RPC2foo", "/RPC2?x", "/RPC2;p", "/RPC2%20x"}) {
    CAPTURE(path);
    CHECK(Asked()(std::string("POST ") + path + " HTTP/1.1\r\nContent-Length: 1", "x")
              .status == 200);
  }
  for (const char* path : {"/", "/rpc2", "/RPC", "/nope", "//RPC2", "RPC2", "*"}) {
    CAPTURE(path);
    const std::string post = std::string("POST ") + path + " HTTP/1.1\r\nContent-Length: 1";
    CHECK(Asked()(post, "x").status == 400);
    CHECK(Asked{.any_path = true}(post, "x").status == 200);
  }
  CHECK(Asked()("GET /nope HTTP/1.1").status == 404);
  CHECK(Asked()("HEAD /nope HTTP/1.1").status == 404);
  CHECK(Asked{.any_path = true}("GET /nope HTTP/1.1").status == 404);
}

TEST_CASE("other methods are refused") {
  for (const char* method :
       {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO", "post"}) {
    CAPTURE(method);
    CHECK(Asked()(std::string(method) + " /RPC2 HTTP/1.1").status == 400);
  }
  CHECK(Asked()("HEAD /RPC2 HTTP/1.1").bytes.ends_with("\r\n\r\n"));
}

TEST_CASE("a call needs a Content-Length") {
  CHECK(Asked()("POST /RPC2 HTTP/1.1").status == 411);
  CHECK(Asked()("POST /RPC2 HTTP/1.1\r\nContent-Length:").status == 411);
}

TEST_CASE("a target may be long, and fields, unless they count") {
  const std::string text(9000, 'x');
  CHECK(Asked()("POST /RPC2/" + text + " HTTP/1.1\r\nContent-Length: 0").status == 200);
  const auto head = Asked()("HEAD /RPC2" + text + " HTTP/1.1");
  CHECK(head.status == 400);
  CHECK(head.bytes.ends_with("\r\n\r\n"));  // without a body
  CHECK(Asked()(kPost + "\r\nX: " + text, "body").status == 200);
  CHECK(Asked()(kPost + "\r\nAuthorization: " + text, "body").status == 400);
}

TEST_CASE("a web page may not call") {
  for (const char* field : {"Origin: http://127.0.0.1:9001", "Origin: null", "origin: x",
                            "Sec-Fetch-Site: cross-site",
                            "Sec-Fetch-Site: same-origin"}) {
    CAPTURE(field);
    CHECK(Asked()(kPost + "\r\n" + field, "body").status == 403);
    CHECK(Asked{.any_path = true}(kPost + "\r\n" + field, "body").status == 403);
  }
  // What changes nothing is told what is here.
  CHECK(Asked()("GET / HTTP/1.1\r\nSec-Fetch-Site: none").status == 404);
}

TEST_CASE("credentials are asked for before path and method") {
  const Asked asked{.credentials = {"user", "12:3"}};
  const std::string right = kPost + "\r\nAuthorization: Basic dXNlcjoxMjoz";
  CHECK(asked(right, "body").status == 200);
  CHECK(asked(kPost + "\r\nauthorization: bAsIc   dXNlcjoxMjoz ", "body").status == 200);
  for (const char* field :
       {"X: y", "Authorization:", "Authorization: Basic", "Authorization: Basic ",
        "Authorization: Basic Og==", "Authorization: Basic dXNlcjoxMjo0",
        "Authorization: Basic dXNlcjoxMjozdXNlcjoxMjoz", "Authorization: Basic dXNlcjox",
        "Authorization: Basic !!!", "Authorization: Bearer dXNlcjoxMjoz",
        "Authorization: dXNlcjoxMjoz"}) {
    CAPTURE(field);
    const auto answer = asked(kPost + "\r\n" + field, "body");
    CHECK(answer.status == 401);
    CHECK(has_line(answer, "WWW-Authenticate: Basic realm=\"default\""));
  }
  CHECK(asked("GET /nope HTTP/1.1").status == 401);
  CHECK(asked("FOO /nope HTTP/1.1").status == 401);
  CHECK(asked("POST /RPC2 HTTP/1.1").status == 401);
  CHECK(asked("GET /nope HTTP/1.1\r\nAuthorization: Basic dXNlcjoxMjoz").status == 404);
}

TEST_CASE("the answer says what becomes of the connection") {
  CHECK(has_line(Asked()(kPost + "\r\nConnection: close", "body"), "Connection: close"));
  CHECK_FALSE(has_line(Asked()(kPost, "body"), "Connection: close"));
  const std::string post_1_0 = "POST /RPC2 HTTP/1.0\r\nContent-Length: 1";
  CHECK(has_line(Asked()(post_1_0, "x"), "Connection: close"));
  CHECK(has_line(Asked()(post_1_0 + "\r\nConnection: keep-alive", "x"),
                 "Connection: Keep-Alive"));
  CHECK(Asked()(kPost, "body").bytes.find("Keep-Alive") == std::string::npos);
}

TEST_CASE("a refusal of the framing is an answer that closes") {
  Responder responder([](std::string_view) { return Reply{}; }, {"user", "x"}, false);
  const auto answer = responder.refuse({431, "too long"});
  CHECK(answer.status == 431);
  CHECK(answer.bytes.starts_with("HTTP/1.1 431 "));
  CHECK(answer.bytes.ends_with("\r\n\r\ntoo long\n"));
  CHECK(has_line(answer, "Connection: close"));
  // And it is forgotten.
  CHECK(responder.refuse({400, "other"}).bytes.ends_with("\r\n\r\nother\n"));
}

TEST_CASE("a handler that throws is 500, and its text stays here") {
  Responder responder([](std::string_view) -> Reply { throw std::runtime_error("secret"); },
                      {}, false);
  Framing framing(1000);
  framing.append("POST /RPC2 HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(framing.progress() == Framing::Progress::complete);
  const auto answer = responder.answer(framing.request());
  CHECK(answer.status == 500);
  CHECK(answer.bytes.find("secret") == std::string::npos);
}
