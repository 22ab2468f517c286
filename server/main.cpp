// cache-server: options, listener, signals.

#include <getopt.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "http_server.h"
#include "listener.h"
#include "methods.h"
#include "service.h"

namespace {

using namespace cache_server;

constexpr int kBadUsage = 2;

constexpr const char* kHelp =
    "Usage: cache-server [--host HOST] [--port PORT] [--spec 1.0|1.1]\n"
    "       cache-server --unix-socket PATH [--spec 1.0|1.1]\n"
    "\n"
    "Serves the methods of supervisor_cache over XML-RPC, in place of a supervisord.\n"
    "What is stored is kept in memory until the server ends. Prints one line when it\n"
    "can serve, and ends on SIGTERM or SIGINT.\n"
    "\n"
    "  --host HOST         address to listen on; default 127.0.0.1. There is no access\n"
    "                      control: whoever can reach it can read, fill and clear it\n"
    "  --port PORT         port to listen on, 0 for a free one; default 9001\n"
    "  --unix-socket PATH  Unix socket to listen on, instead of host and port\n"
    "  --spec SPEC         1.0: values are strings; 1.1: of any type; default 1.0\n"
    "  --help              print this, and end\n"
    "  --version           print the version, and end\n"
    "\n"
    "Exit status: 0 ended by a signal, 2 bad options, or cannot listen.\n";

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::optional<std::string> unix_socket;
  std::string spec = "1.0";
  const char* print = nullptr;  // text to print instead of serving
};

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError("--port " + std::string(text) +
                     ": not a port; give a number from 0 to 65535");
  }
  return port;
}

std::string parse_spec(std::string_view text) {
  if (std::find(kSpecs.begin(), kSpecs.end(), text) == kSpecs.end()) {
    throw UsageError("--spec " + std::string(text) +
                     ": no such specification; give 1.0 or 1.1");
  }
  return std::string(text);
}

Options parse_options(int argc, char** argv) {
  const option long_options[] = {
      {"host", required_argument, nullptr, 'H'},
      {"port", required_argument, nullptr, 'p'},
      {"unix-socket", required_argument, nullptr, 'u'},
      {"spec", required_argument, nullptr, 's'},
      {"help", no_argument, nullptr, 'h'},
      {"version", no_argument, nullptr, 'v'},
      {},
  };
  Options options;
  opterr = 0;  // the messages are ours
  for (;;) {
    const int at = optind;
    switch (::getopt_long(argc, argv, ":", long_options, nullptr)) {
      case 'H': options.host = optarg; continue;
      case 'p': options.port = parse_port(optarg); continue;
      case 'u': options.unix_socket = optarg; continue;
      case 's': options.spec = parse_spec(optarg); continue;
      case 'h': options.print = kHelp; return options;
      case 'v': options.print = "cache-server " KIT_VERSION "\n"; return options;
      case ':': throw UsageError(std::string(argv[at]) + ": needs a value; see --help");
      case -1: break;
      default: throw UsageError(std::string(argv[at]) + ": no such option; see --help");
    }
    break;
  }
  if (optind < argc) {
    throw UsageError(std::string(argv[optind]) +
                     ": nothing but options is expected; see --help");
  }
  if (options.unix_socket && (options.host || options.port)) {
    throw UsageError(std::string("--unix-socket: replaces ") +
                     (options.host ? "--host" : "--port") + "; give one or the other");
  }
  return options;
}

Listener open_listener(const Options& options) {
  if (options.unix_socket) return Listener::open_unix(*options.unix_socket);
  return Listener::open_inet(options.host.value_or("127.0.0.1"),
                             options.port.value_or(9001));
}

void run(const Options& options) {
  // Blocked before there is a socket file to be removed, or another thread: only
  // sigwait() gets them.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);  // whoever reads our line may have gone

  Listener listener = open_listener(options);
  const std::string url = listener.url();
  Service service(options.spec);
  HttpServer server(std::move(listener),
                    [&](std::string_view body) { return service.answer(body); });
  std::thread serving([&] { server.serve(); });
  std::printf("listening on %s\n", url.c_str());
  std::fflush(stdout);

  int received = 0;
  sigwait(&ending, &received);
  server.stop();
  serving.join();
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = parse_options(argc, argv);
  if (options.print != nullptr) {
    std::fputs(options.print, stdout);
  } else {
    run(options);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "cache-server: %s\n", error.what());
  return kBadUsage;
}
