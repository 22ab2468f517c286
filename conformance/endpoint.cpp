#include "endpoint.h"

#include <sys/un.h>

#include <regex>

namespace conformance {

Endpoint Endpoint::from_url(const std::string& url) {
  if (url.find('@') != std::string::npos)  // not to be printed: it may be a password
    throw UsageError("--url: give the user with --username and the password with --password-env "
                     "NAME or --password-file FILE, not in the URL");
  if (url.starts_with("https://"))
    throw UsageError("--url " + url + ": TLS is not spoken here; give an http:// URL");
  static const std::regex form("http://(\\[[0-9a-fA-F:.]+\\]|[^/:@?#\\[\\]]+)(:([0-9]{1,5}))?(/[^#]*)?");
  std::smatch parts;
  if (url.size() > 1000 || !std::regex_match(url, parts, form))
    throw UsageError("--url " + url + ": expected http://HOST:PORT/RPC2");
  Endpoint endpoint;
  endpoint.host = parts[1];
  if (endpoint.host.starts_with('[')) endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  endpoint.port = parts[3].matched ? parts[3].str() : "80";
  if (parts[4].matched) endpoint.path = parts[4];
  if (const int port = std::stoi(endpoint.port); port < 1 || port > 65535)
    throw UsageError("--url " + url + ": there is no port " + endpoint.port);
  return endpoint;
}

Endpoint Endpoint::from_unix_socket(const std::string& path) {
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > longest)
    throw UsageError("the path of a Unix-domain socket has at most " + std::to_string(longest) +
                     " bytes, and " + path + " has " + std::to_string(path.size()));
  Endpoint endpoint;
  endpoint.unix_socket = path;
  return endpoint;
}

std::string Endpoint::host_header() const {
  if (!unix_socket.empty()) return "localhost";
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

std::string Endpoint::str() const {
  if (!unix_socket.empty()) return "unix:" + unix_socket;
  return "http://" + host_header() + path;
}

}  // namespace conformance
