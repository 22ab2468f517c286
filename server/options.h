#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "http_server.h"
#include "responder.h"
#include "service.h"

namespace cache_server {

/// A command line that cannot be followed. what() is one sentence that names the option,
/// what is wrong and what to do.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the command line asks for.
struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9001;
  std::optional<std::string> unix_socket;  ///< replaces host and port
  std::string spec = "1.0";                ///< one of kSpecs
  std::chrono::milliseconds linger{0};     ///< from shutdown or a signal to the end
  Credentials credentials;
  bool log = false;
  HttpLimits http;
  ServiceLimits service;
  const char* print = nullptr;  ///< text to print instead of serving
};

/// Reads the command line, and the password where it says that one is to be found. Throws
/// UsageError.
Options read_options(int argc, char** argv);

}  // namespace cache_server
