#include "program.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <system_error>

#include "access_log.h"
#include "http_server.h"
#include "listener.h"
#include "options.h"

namespace cache_server {
namespace {

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

/// A call or an answer of this size is worth giving its memory back.
constexpr std::size_t kLarge = std::size_t{128} << 10;

/// Serves until somebody ends it; true if it is to start again, with nothing in it.
bool serve(const Options& options, const Variant& variant, Listener& listener, int signals) {
  Service service(options.spec, options.service);
  if (variant.edit) variant.edit(service);
  Supervisor& supervisor = service.supervisor();
  std::optional<HttpServer> server;
  bool was_large = false;
  const Responder::Handler handler = [&](std::string_view body) {
    Reply reply = variant.answer ? variant.answer(service, body) : service.answer(body);
    was_large = was_large || body.size() > kLarge || reply.body.size() > kLarge;
    if (supervisor.state != SupervisorState::RUNNING) {
      server->stop_after(options.linger);
    }
    return reply;
  };
  const auto responder =
      variant.make_responder
          ? variant.make_responder(handler, options.credentials, listener.is_unix())
          : std::make_unique<Responder>(handler, options.credentials, listener.is_unix());
  server.emplace(listener, *responder, options.http);
  server->watch(signals, [&] {
    signalfd_siginfo received;
    if (::read(signals, &received, sizeof received) < 0) return;
    const bool is_second = supervisor.state == SupervisorState::SHUTDOWN;
    supervisor.state = SupervisorState::SHUTDOWN;
    server->stop_after(is_second ? std::chrono::milliseconds(0) : options.linger);
  });
#ifdef __GLIBC__
  // Left alone, glibc keeps what was freed: 50 MiB after a call of 300,000 elements. It
  // takes a while where much is stored, so that nobody may be waiting.
  server->when_idle([&] {
    if (std::exchange(was_large, false)) ::malloc_trim(0);
  });
#endif
  if (options.log) {
    service.summarize();
    server->set_log([](const Access& access) {
      // Nobody may be reading, and calls do not wait for that.
      pollfd log{STDERR_FILENO, POLLOUT, 0};
      if (::poll(&log, 1, 0) != 1) return;
      const std::string line = log_line(access, std::chrono::system_clock::now()) + "\n";
      [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
    });
  }
  server->serve();
  return supervisor.state == SupervisorState::RESTARTING;
}

void run(const Options& options, const Variant& variant) {
  const int signals = open_signals();
  raise_descriptor_limit();
  Listener listener = open_listener(options);
  if (!listener.is_loopback() && options.credentials.username.empty()) {
    std::fprintf(stderr,
                 "cache-server: warning: %s can be reached from other machines, and no "
                 "password is asked for; see --username\n",
                 listener.url().c_str());
  }
  std::printf("listening on %s\n", listener.url().c_str());
  std::fflush(stdout);
  while (serve(options, variant, listener, signals)) {
  }
}

}  // namespace

int run_program(int argc, char** argv, const Variant& variant) try {
  const Options options = read_options(argc, argv);
  if (options.print != nullptr) {
    std::fputs(options.print, stdout);
  } else {
    run(options, variant);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "cache-server: %s\n", error.what());
  return kCannotServe;
}

}  // namespace cache_server
