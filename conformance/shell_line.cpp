#include "shell_line.h"

#include <strings.h>

#include <algorithm>

namespace conformance {

namespace {

constexpr std::size_t longest = 8000;

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }

/// The byte as shells and printf know it; line ends by their usual letters.
std::string octal(char c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + (byte >> 3 & 7)),
          static_cast<char>('0' + (byte & 7))};
}

}  // namespace

std::string shell_word(const std::string& word) {
  static constexpr const char* plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=:,./@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  if (std::none_of(word.begin(), word.end(), is_control)) {
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
  }
  std::string quoted = "$'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += is_control(c) ? octal(c) : std::string(1, c);
  }
  return quoted + "'";
}

std::string curl_line(const Target& target, const HttpRequest& request, As as,
                      const std::string& password_source) {
  if (request.body.size() > longest || request.body.find('\0') != std::string::npos) return "";
  const Endpoint& endpoint = target.endpoint();
  std::string line = "curl -sS -i";
  if (!endpoint.unix_socket.empty()) line += " --unix-socket " + shell_word(endpoint.unix_socket);
  if (target.has_credentials() && as != As::nobody)
    line += " -u " + shell_word(target.username()) + ":" +
            (as == As::wrong ? "wrong" : password_source);
  if (request.method != "POST") line += " -X " + shell_word(request.method);
  const bool names_type = std::any_of(request.headers.begin(), request.headers.end(), [](const auto& h) {
    return strcasecmp(h.first.c_str(), "Content-Type") == 0;
  });
  if (!names_type) line += " -H 'Content-Type: text/xml'";
  for (const auto& [name, value] : request.headers) line += " -H " + shell_word(name + ": " + value);
  if (!request.body.empty() || request.method == "POST")
    line += " --data-raw " + shell_word(request.body);
  return line + " " + shell_word("http://" + endpoint.host_header() + request.path);
}

std::string netcat_line(const Target& target, const std::string& bytes) {
  if (bytes.size() > longest) return "";
  std::string format;
  for (const char c : bytes) {
    if (c == '\\') format += "\\\\";
    else if (c == '%') format += "%%";
    else if (is_control(c) || static_cast<unsigned char>(c) > 127) format += octal(c);
    else format += c;
  }
  const Endpoint& endpoint = target.endpoint();
  return "printf " + shell_word(format) + " | nc -q 1 " +
         (endpoint.unix_socket.empty() ? shell_word(endpoint.host) + " " + endpoint.port
                                       : "-U " + shell_word(endpoint.unix_socket));
}

}  // namespace conformance
