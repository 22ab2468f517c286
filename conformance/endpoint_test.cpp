#include "endpoint.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

std::string refusal(const std::string& url) {
  try {
    Endpoint::from_url(url);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("An endpoint has the parts of its URL") {
  const Endpoint found = Endpoint::from_url("http://[2001:db8::1]:09001/a/b?c=d");
  CHECK(found.host == "2001:db8::1");
  CHECK(found.port == "09001");
  CHECK(found.path == "/a/b?c=d");
  CHECK(found.unix_socket == "");
  CHECK(found.host_header() == "[2001:db8::1]:09001");
  CHECK(Endpoint::from_url("http://localhost").host_header() == "localhost:80");
}

TEST_CASE("An endpoint on a Unix socket is localhost to HTTP") {
  Endpoint socket;
  socket.unix_socket = "/run/s";
  CHECK(socket.host_header() == "localhost");
  CHECK(socket.str() == "unix:/run/s");
  CHECK(socket.path == "/RPC2");
}

TEST_CASE("A URL that cannot be used is refused in one sentence") {
  CHECK(refusal("https://h/") ==
        "--url https://h/: TLS is not spoken here; give an http:// URL");
  CHECK(refusal("h:9001") == "--url h:9001: expected http://HOST:PORT/RPC2");
  CHECK(refusal("http://h:1/a#b") == "--url http://h:1/a#b: expected http://HOST:PORT/RPC2");
  CHECK(refusal("http://::1/") == "--url http://::1/: expected http://HOST:PORT/RPC2");
  CHECK(refusal("http://h:65536") == "--url http://h:65536: there is no port 65536");
  const std::string with_password = refusal("http://u:secret@h/");
  CHECK(with_password.starts_with("--url: give the user with --username"));
  CHECK(with_password.find("secret") == std::string::npos);
}
