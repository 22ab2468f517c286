#include "shell_line.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

Target target(std::optional<Credentials> credentials = {}) {
  return Target(Endpoint::from_url("http://localhost:9001"), std::move(credentials));
}

}  // namespace

TEST_CASE("A word is quoted where a shell would change it") {
  CHECK(shell_word("--url=http://a:1/b") == "--url=http://a:1/b");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b{}") == "'a b{}'");
  CHECK(shell_word("it's") == R"('it'\''s')");
  CHECK(shell_word("a\n\\'\x01") == R"($'a\n\\\'\001')");
}

TEST_CASE("A request becomes a curl command without the password") {
  CHECK(curl_line(target(), {"POST", "/RPC2", {}, "<a/>"}, As::user, "\"$P\"") ==
        "curl -sS -i -H 'Content-Type: text/xml' --data-raw '<a/>' http://localhost:9001/RPC2");
  CHECK(curl_line(target(Credentials{"me", "secret"}), {"GET", "/x y", {{"Content-Type", "a"}}, ""},
                  As::user, "\"$P\"") ==
        "curl -sS -i -u me:\"$P\" -X GET -H 'Content-Type: a' 'http://localhost:9001/x y'");
  CHECK(curl_line(target(Credentials{"me", "secret"}), {"POST", "/", {}, "a"}, As::nobody, "\"$P\"")
            .find("-u") == std::string::npos);
  CHECK(curl_line(target(), {"POST", "/", {}, std::string(9000, 'x')}, As::user, "") == "");
  CHECK(curl_line(target(), {"POST", "/", {}, std::string("a\0b", 3)}, As::user, "") == "");
}

TEST_CASE("Exact bytes become a printf") {
  CHECK(netcat_line(target(), "GET / HTTP/1.1\r\n\r\n50%\xff") ==
        R"(printf 'GET / HTTP/1.1\r\n\r\n50%%\377' | nc -q 1 localhost 9001)");
}

TEST_CASE("A URL is read as XML-RPC clients read it") {
  CHECK(Endpoint::from_url("http://h").str() == "http://h:80/RPC2");
  CHECK(Endpoint::from_url("http://h:9001/").str() == "http://h:9001/");
  CHECK(Endpoint::from_url("http://[::1]:9001/x?y").str() == "http://[::1]:9001/x?y");
  for (const char* url : {"https://h/", "h:9001", "http://", "http://h:99999", "http://u:p@h/", "ftp://h"}) {
    CAPTURE(url);
    CHECK_THROWS_AS(Endpoint::from_url(url), UsageError);
  }
}
