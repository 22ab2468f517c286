#include "options.h"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string_view>
#include <vector>

#include "methods.h"

namespace cache_server {
namespace {

constexpr std::size_t kLongestPassword = 1024;

/// What the flags below fill in, before it is checked as a whole.
struct Read : Options {
  std::string password_env;
  std::string password_file;
  std::optional<std::string> listens_on;  // --host or --port, whichever came first
  bool help = false;
};

/// One option, with its documentation.
struct Flag {
  const char* name;
  const char* value;  // what --help calls its value; null if it takes none
  const char* help;   // lines of at most 52 columns
  void (*read)(Read& options, const std::string& value);
};

struct Group {
  const char* title;
  std::vector<Flag> flags;
};

[[noreturn]] void refuse(const std::string& option, const std::string& value,
                         const std::string& problem) {
  throw UsageError(option + " " + value + ": " + problem);
}

std::uint64_t number(const std::string& option, const std::string& value,
                     std::string_view digits, std::uint64_t least, std::uint64_t most,
                     const std::string& wanted) {
  std::uint64_t result = 0;
  const char* last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, result);
  if (error != std::errc() || end != last || result < least || result > most) {
    refuse(option, value, wanted);
  }
  return result;
}

std::size_t count(const std::string& option, const std::string& value, std::size_t most) {
  return number(option, value, value, 1, most,
                "give a number from 1 to " + std::to_string(most));
}

std::size_t bytes(const std::string& option, const std::string& value) {
  constexpr std::string_view kUnits = "KMG";
  const auto unit = value.empty() ? std::string_view::npos : kUnits.find(value.back());
  const int shift = unit == std::string_view::npos ? 0 : 10 * (static_cast<int>(unit) + 1);
  const std::string_view digits(value.data(), value.size() - (shift > 0 ? 1 : 0));
  return number(option, value, digits, 1, (std::uint64_t{1} << 50) >> shift,
                "give a number of bytes, such as 8192, 64K, 16M or 1G")
         << shift;
}

std::chrono::milliseconds seconds(const std::string& option, const std::string& value,
                                  double least) {
  double result = 0;
  const char* last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, result);
  if (error != std::errc() || end != last || !(result >= least && result <= 1e6)) {
    refuse(option, value, "give a number of seconds, such as 0.5 or 30, up to 1000000");
  }
  return std::chrono::milliseconds(std::llround(result * 1000));
}

const std::vector<Group>& groups() {
  static const std::vector<Group> groups = {
      {"Where it listens",
       {{"--host", "HOST", "address to listen on; default 127.0.0.1",
         [](Read& options, const std::string& value) {
           options.host = value;
           if (!options.listens_on) options.listens_on = "--host";
         }},
        {"--port", "PORT", "port to listen on, 0 for a free one; default 9001",
         [](Read& options, const std::string& value) {
           options.port = static_cast<std::uint16_t>(
               number("--port", value, value, 0, std::numeric_limits<std::uint16_t>::max(),
                      "not a port; give a number from 0 to 65535"));
           if (!options.listens_on) options.listens_on = "--port";
         }},
        {"--unix-socket", "PATH",
         "Unix socket to listen on, in place of host and port;\n"
         "only its owner may open it",
         [](Read& options, const std::string& value) { options.unix_socket = value; }}}},
      {"What it serves",
       {{"--spec", "SPEC", "1.0: values are strings (supervisor_cache 1.0.0);\n"
         "1.1: of any type (1.1.0); default 1.0",
         [](Read& options, const std::string& value) {
           if (std::find(kSpecs.begin(), kSpecs.end(), value) == kSpecs.end()) {
             refuse("--spec", value, "no such specification; give 1.0 or 1.1");
           }
           options.spec = value;
         }},
        {"--linger", "SECONDS",
         "how long it goes on after a shutdown, with the fault\n"
         "SHUTDOWN_STATE, and after supervisor.restart, until\n"
         "it begins again; a second signal ends it at once;\n"
         "default 0",
         [](Read& options, const std::string& value) {
           options.linger = seconds("--linger", value, 0);
         }}}},
      {"Who may call",
       {{"--username", "NAME", "ask for this name and a password (HTTP Basic)",
         [](Read& options, const std::string& value) {
           options.credentials.username = value;
         }},
        {"--password-env", "VARIABLE", "environment variable that holds the password",
         [](Read& options, const std::string& value) { options.password_env = value; }},
        {"--password-file", "FILE",
         "file that holds the password; line ends after it do\n"
         "not count",
         [](Read& options, const std::string& value) { options.password_file = value; }}}},
      {"What it tells",
       {{"--log", nullptr, "write one line a call to the standard error; lines\n"
         "that nobody reads are left out",
         [](Read& options, const std::string&) { options.log = true; }}}},
      {"What a client can make it hold",
       {{"--max-body", "BYTES", "longest body of a request; default 64M",
         [](Read& options, const std::string& value) {
           options.http.max_body = bytes("--max-body", value);
         }},
        {"--max-depth", "N", "XML elements in each other; default 200000",
         [](Read& options, const std::string& value) {
           options.service.max_depth = count("--max-depth", value, 1'000'000);
         }},
        {"--max-data", "BYTES",
         "keys and values together, and the results of one\n"
         "system.multicall; default 1G",
         [](Read& options, const std::string& value) {
           options.service.max_data = bytes("--max-data", value);
         }},
        {"--max-connections", "N", "connections at once; default 4096",
         [](Read& options, const std::string& value) {
           options.http.max_connections = count("--max-connections", value, 1'000'000);
         }},
        {"--request-timeout", "SECONDS",
         "for a request to come whole once it has begun, and\n"
         "for a client to go on taking an answer; default 60.\n"
         "An idle connection is never closed",
         [](Read& options, const std::string& value) {
           options.http.request_timeout = seconds("--request-timeout", value, 0.001);
         }}}},
      {"Instead of serving",
       {{"--help", nullptr, "print this, and end",
         [](Read& options, const std::string&) { options.help = true; }},
        {"--version", nullptr, "print the version, and end",
         [](Read& options, const std::string&) {
           options.print = "cache-server " KIT_VERSION "\n";
         }}}},
  };
  return groups;
}

std::string help() {
  std::string text =
      "Usage: cache-server [--host HOST] [--port PORT] [OPTION]...\n"
      "       cache-server --unix-socket PATH [OPTION]...\n"
      "\n"
      "Serves the methods of supervisor_cache over XML-RPC, in place of a supervisord.\n"
      "What is stored is kept in memory until the server ends. It prints one line when\n"
      "it can serve, and ends on SIGTERM, on SIGINT, or when supervisor.shutdown is\n"
      "called. Bytes may be given as 64K, 16M or 1G.\n";
  for (const Group& group : groups()) {
    text.append("\n").append(group.title).append(":\n");
    for (const Flag& flag : group.flags) {
      std::string left = std::string("  ") + flag.name;
      if (flag.value != nullptr) left.append(" ").append(flag.value);
      left.resize(std::max<std::size_t>(left.size(), 28), ' ');
      text += left;
      for (const char* c = flag.help; *c != '\0'; ++c) {
        text += *c;
        if (*c == '\n') text.append(28, ' ');
      }
      text += '\n';
    }
  }
  return text + "\nExit status: 0 it was told to end; 2 bad options, or it cannot listen.\n";
}

std::string read_password(const Read& options) {
  if (!options.password_env.empty()) {
    const char* password = std::getenv(options.password_env.c_str());
    if (password == nullptr) {
      refuse("--password-env", options.password_env, "there is no such variable");
    }
    return password;
  }
  std::ifstream file(options.password_file, std::ios::binary);
  std::string password;
  for (char c = 0; file.get(c) && password.size() <= kLongestPassword;) password += c;
  if (password.size() > kLongestPassword) {
    refuse("--password-file", options.password_file, "the password is too long");
  }
  if (!file.is_open() || file.bad()) {
    refuse("--password-file", options.password_file, "the file cannot be read");
  }
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  return password;
}

void check(Read& options) {
  if (options.unix_socket && options.listens_on) {
    throw UsageError("--unix-socket: replaces " + *options.listens_on +
                     "; give one or the other");
  }
  if (!options.password_env.empty() && !options.password_file.empty()) {
    throw UsageError("--password-env and --password-file: give one or the other");
  }
  const bool has_password = !options.password_env.empty() || !options.password_file.empty();
  if (options.credentials.username.empty() == has_password) {
    throw UsageError(
        "--username: goes with --password-env VARIABLE or --password-file FILE");
  }
  if (options.credentials.username.find(':') != std::string::npos) {
    refuse("--username", options.credentials.username, "HTTP allows no colon in a name");
  }
  if (has_password) options.credentials.password = read_password(options);
  if (has_password && options.credentials.password.empty()) {
    throw UsageError((options.password_env.empty()
                          ? "--password-file " + options.password_file
                          : "--password-env " + options.password_env) +
                     ": the password is empty");
  }
}

}  // namespace

Options read_options(int argc, char** argv) {
  std::vector<const Flag*> flags;
  std::vector<option> names;
  for (const Group& group : groups()) {
    for (const Flag& flag : group.flags) {
      flags.push_back(&flag);
      names.push_back({flag.name + 2, flag.value ? required_argument : no_argument, nullptr,
                       0});
    }
  }
  names.push_back({});

  Read options;
  opterr = 0;  // the messages are ours
  for (;;) {
    const int at = optind;
    int index = 0;
    // `+`: nothing is moved, so that `at` is where the option stands.
    const int found = ::getopt_long(argc, argv, "+:", names.data(), &index);
    if (found == -1) break;
    // getopt_long takes a part of a name for the whole of it.
    const std::string_view word = argv[at];
    const std::string_view name = word.substr(0, word.find('='));
    if (found == 0 && name.substr(2) != names[static_cast<std::size_t>(index)].name) {
      throw UsageError(std::string(name) + ": no such option; see --help");
    }
    if (found == ':') throw UsageError(std::string(argv[at]) + ": needs a value; see --help");
    if (found != 0) throw UsageError(std::string(argv[at]) + ": no such option; see --help");
    flags[static_cast<std::size_t>(index)]->read(options, optarg ? optarg : "");
    if (options.help || options.print != nullptr) {
      static const std::string text = help();
      if (options.help) options.print = text.c_str();
      return options;
    }
  }
  if (optind < argc) {
    throw UsageError(std::string(argv[optind]) +
                     ": nothing but options is expected; see --help");
  }
  check(options);
  return options;
}

}  // namespace cache_server
