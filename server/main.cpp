// cache-server: options, listener, signals.

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

#include "http_server.h"
#include "listener.h"
#include "options.h"
#include "service.h"

namespace {

using namespace cache_server;

constexpr int kCannotServe = 2;

Listener open_listener(const Options& options) {
  if (options.unix_socket) return Listener::open_unix(*options.unix_socket);
  return Listener::open_inet(options.host, options.port);
}

/// Signals as something to be read: they are dealt with between two calls. Blocked before
/// there is a socket file to be removed.
int open_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // whoever reads our lines may have gone
  const int signals = ::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  return signals;
}

/// Every connection needs a descriptor, and many systems give 1,024 unless asked.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/// Serves one life of the service; true if it is to have another.
bool run_once(const Options& options, Listener& listener, int signals) {
  Service service(options.spec);
  Responder responder([&](std::string_view body) { return service.answer(body); },
                      options.credentials, listener.is_unix());
  HttpServer server(listener, responder, options.http);
  server.watch(signals, [&] {
    signalfd_siginfo received;
    if (::read(signals, &received, sizeof received) > 0) server.stop_after({});
  });
  server.serve();
  return false;
}

void run(const Options& options) {
  const int signals = open_signals();
  raise_descriptor_limit();
  Listener listener = open_listener(options);
  std::printf("listening on %s\n", listener.url().c_str());
  std::fflush(stdout);
  while (run_once(options, listener, signals)) {
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = read_options(argc, argv);
  if (options.print != nullptr) {
    std::fputs(options.print, stdout);
  } else {
    run(options);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "cache-server: %s\n", error.what());
  return kCannotServe;
}
