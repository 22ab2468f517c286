#pragma once

#include <chrono>
#include <string>

#include "http_server.h"

namespace cache_server {

/// One answer as a line of a log, without its line end: the time of day, the client, the
/// HTTP status, how long it took, and the call with what became of it.
///
///     14:08:55.042 127.0.0.1:40312 200 0.05 ms cache.store("key", "value") -> true
///     14:08:56.310 unix 400 0.02 ms GET /RPC2 -> Bad Request: a call is a POST
std::string log_line(const Access& access, std::chrono::system_clock::time_point time);

}  // namespace cache_server
