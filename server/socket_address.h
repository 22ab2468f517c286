#pragma once

#include <sys/socket.h>

#include <string>

namespace cache_server {

/// An address of a socket as a URL has it: `127.0.0.1:9001`, `[::1]:9001`; `unix` for any
/// that is not of the internet.
std::string text_of(const sockaddr_storage& address, socklen_t length);

/// Whether only this machine can reach it.
bool is_loopback(const sockaddr_storage& address);

}  // namespace cache_server
