#include "http_answer.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

/// Feeds the bytes one by one, which must make no difference.
HttpAnswerReader read(std::string_view bytes, bool then_closed = false,
                      const std::string& method = "POST") {
  HttpAnswerReader reader(method);
  for (const char& byte : bytes) reader.feed({&byte, 1});
  if (then_closed) reader.end();
  return reader;
}

std::string error(std::string_view bytes, bool then_closed = false) {
  return read(bytes, then_closed).error();
}

}  // namespace

TEST_CASE("An answer with a Content-Length") {
  const auto reader = read("HTTP/1.1 200 OK\r\ncontent-length: 3\r\nX-a:  b \r\n\r\nabcHTTP");
  REQUIRE(reader.done());
  CHECK(reader.error() == "");
  CHECK(reader.answer().status == 200);
  CHECK(reader.answer().body == "abc");
  CHECK(reader.answer().header("x-A") == "b");
  CHECK_FALSE(reader.answer().header("b"));
  CHECK(reader.answer().keeps_connection());
  CHECK(reader.rest() == "HTTP");
}

TEST_CASE("An answer that is chunked") {
  const auto reader = read(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nrest");
  REQUIRE(reader.done());
  CHECK(reader.error() == "");
  CHECK(reader.answer().body == "abc0123456789");
  CHECK(reader.rest() == "rest");
}

TEST_CASE("An answer that ends with the connection") {
  const std::string_view bytes = "HTTP/1.0 200 OK\r\n\r\nabc";
  CHECK_FALSE(read(bytes).done());
  CHECK(read(bytes).ends_with_connection());
  const auto reader = read(bytes, true);
  CHECK(reader.answer().body == "abc");
  CHECK_FALSE(reader.answer().keeps_connection());
}

TEST_CASE("Answers without a body") {
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, "HEAD").done());
  CHECK(read("HTTP/1.1 204 No Content\r\n\r\n").done());
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").done());
  const auto reader = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
  CHECK(reader.answer().status == 200);
  CHECK(reader.answer().body == "a");
}

TEST_CASE("What HTTP leaves open is read") {
  const auto body = [](const std::string& bytes) {
    const auto reader = read(bytes, true);
    return reader.error() + reader.answer().body;
  };
  CHECK(body("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na") == "a");
  CHECK(body("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na") == "a");
  CHECK(body("HTTP/1.1 200 OK\r\nContent-Length:1\r\nX-Empty:\r\n\r\na") == "a");
  CHECK(body("HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\na") == "a");
  CHECK(body("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"
             "1 ; x = \"y\"\r\na\r\n00\r\nX: 1\r\nY: 2\r\n\r\n") == "a");
  CHECK(body("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\na") == "a");
}

TEST_CASE("The Connection header is a list of tokens") {
  const auto keeps = [](const std::string& version, const std::string& value) {
    return read("HTTP/" + version + " 200 OK\r\nContent-Length: 0\r\nConnection: " + value + "\r\n\r\n")
        .answer()
        .keeps_connection();
  };
  CHECK_FALSE(keeps("1.1", "TE, Close"));
  CHECK(keeps("1.1", "closed"));
  CHECK(keeps("1.0", "Keep-Alive"));
  CHECK_FALSE(keeps("1.0", "x"));
  CHECK_FALSE(keeps("1.1", "x\r\nX: y\r\nconnection: close"));
}

TEST_CASE("What is no HTTP answer is refused in one line") {
  CHECK(error("<html>") == "the answer is not HTTP: it begins \"<\"");
  CHECK(error("HTTP/2 200 OK\r\n\r\n") == "not a status line of HTTP/1: \"HTTP/2 200 OK\"");
  CHECK(error("HTTP/1.1 2x0 OK\r\n\r\n") == "not a status line of HTTP/1: \"HTTP/1.1 2x0 OK\"");
  CHECK(error("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n") == "not a header: \"nonsense\"");
  CHECK(error("HTTP/1.1 200 OK\r\nX: a\r\n b: c\r\n\r\n") == "not a header: \" b: c\"");
  CHECK(error("HTTP/1.1 200 OK\r\nX : a\r\n\r\n") == "not a header: \"X : a\"");
  CHECK(error("HTTP/1.1 000 OK\r\n\r\n") == "not a status line of HTTP/1: \"HTTP/1.1 000 OK\"");
  CHECK(error("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n") == "not a Content-Length: \"-1\"");
  CHECK(error("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n") != "");
  CHECK(error("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n") ==
        "two different Content-Lengths");
  CHECK(error("HTTP/1.1 200 OK\r\nContent-Length: 68157440\r\n\r\n") ==
        "the answer is longer than 64 MiB, and no more of it is read");
  CHECK(error("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n") ==
        "unknown Transfer-Encoding: \"gzip\"");
  CHECK(error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n") ==
        "both a Transfer-Encoding and a Content-Length");
  CHECK(error("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        "a Transfer-Encoding, which HTTP/1.0 does not have");
  CHECK(error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n") ==
        "not the size of a chunk: \"xyz\"");
  CHECK(error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n") ==
        "a chunk that does not end where it says");
  CHECK(error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(70'000, 'x')) ==
        "a line between chunks is longer than 64 KiB");
  CHECK(error("\x15\x03\x01") == "the target speaks TLS, which is not spoken here");
  CHECK(error("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')) ==
        "the head of the answer is longer than 64 KiB");
}

TEST_CASE("A connection that is closed too early is an error") {
  CHECK(error("", true) == "the connection was closed without an answer");
  const std::string start = "the connection was closed in the middle of the answer: ";
  CHECK(error("HTTP/1.1 20", true) == start + "11 bytes came, and its head did not end");
  CHECK(error("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true) ==
        start + "3 bytes came of a body of 9 (Content-Length)");
  CHECK(error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true) ==
        start + "3 bytes came of a chunked body, and not the last chunk");
  CHECK(error("HTTP/1.1 100 Continue\r\n\r\n", true) ==
        start + "1 interim answers (1xx) and no other came");
}

TEST_CASE("How far an answer has come") {
  CHECK(read("HTTP/1.1 200 OK\r\n\r\nabc").progress() ==
        "3 bytes came of a body that does not tell its length, on a connection that stays open");
}
