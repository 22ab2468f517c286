// constant-server: the server's HTTP with one answer to all calls, which it does not read.
// What cache-server needs beyond that is the cost of XML and of the cache.

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "http_server.h"
#include "listener.h"
#include "responder.h"
#include "response_writer.h"
#include "service.h"

int main() try {
  using namespace cache_server;

  Listener listener = Listener::open_inet("127.0.0.1", 0);
  const std::string answer = write_response(std::string("12345678"));
  Responder responder([&](std::string_view) { return Reply{.body = answer}; },
                      Credentials{}, listener.is_unix());
  HttpServer server(listener, responder);
  std::printf("listening on %s\n", listener.url().c_str());
  std::fflush(stdout);
  server.serve();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "constant-server: %s\n", error.what());
  return 2;
}
