#include "socket_address.h"

#include <netdb.h>
#include <netinet/in.h>

#include <array>

namespace cache_server {

std::string text_of(const sockaddr_storage& address, socklen_t length) {
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return "unix";
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host.data(),
                host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string name = host.data();
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" +
         port.data();
}

bool is_loopback(const sockaddr_storage& address) {
  switch (address.ss_family) {
    case AF_INET: {
      const auto& inet = reinterpret_cast<const sockaddr_in&>(address);
      return ntohl(inet.sin_addr.s_addr) >> 24 == 127;
    }
    case AF_INET6:
      return IN6_IS_ADDR_LOOPBACK(
          &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    default: return true;
  }
}

}  // namespace cache_server
