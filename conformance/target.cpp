#include "target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

#include "call_writer.h"
#include "interrupt.h"
#include "replaced.h"

namespace conformance {

namespace {

using namespace std::chrono_literals;

std::string base64(const std::string& bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) -> unsigned {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
    };
    const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (const int shift : {18, 12, 6, 0}) text += digits[group >> shift & 63];
  }
  for (std::size_t missing = (3 - bytes.size() % 3) % 3; missing > 0; --missing)
    text[text.size() - missing] = '=';
  return text;
}

/// A port that nobody listens on just now.
int free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found =
      bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(descriptor);
  if (!found) throw std::system_error(errno, std::generic_category(), "no free port");
  return ntohs(address.sin_port);
}

/// A folder that only we can enter, for a socket whose path stays short.
std::string temporary_folder() {
  std::string path = (std::filesystem::temp_directory_path() / "conformance-XXXXXX").string();
  if (!mkdtemp(path.data())) throw std::system_error(errno, std::generic_category(), "no folder " + path);
  return path;
}

constexpr const char* not_shown = "[not shown]";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

Target::Target(Endpoint endpoint, std::optional<Credentials> credentials)
    : endpoint_(std::move(endpoint)), credentials_(std::move(credentials)) {}

Target::Target(std::string command, std::optional<Credentials> credentials,
               std::chrono::milliseconds patience, const std::string& name_space)
    : command_(std::move(command)), credentials_(std::move(credentials)), patience_(patience),
      readiness_call_(ask_version(name_space)) {
  if (contains(command_, "{port}") == contains(command_, "{socket}"))
    throw UsageError(
        "--spawn: the command must say where to listen: write {port} where a TCP port of 127.0.0.1 "
        "belongs, or {socket} where the path of a Unix-domain socket does");
  if (contains(command_, "{socket}")) folder_ = temporary_folder();
  try {
    start(Deadline::max());
  } catch (...) {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
    throw;
  }
}

Target::~Target() {
  process_.reset();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

void Target::start(Deadline deadline) {
  std::string command = command_;
  if (folder_.empty()) {
    endpoint_.host = "127.0.0.1";
    endpoint_.port = std::to_string(free_port());
    command = replaced(command, "{port}", endpoint_.port);
  } else {
    endpoint_.unix_socket = folder_ + "/socket";
    std::filesystem::remove(endpoint_.unix_socket);
    command = replaced(command, "{socket}", endpoint_.unix_socket);
  }
  process_ = std::make_unique<Process>(command);
  wait_until_ready(deadline);
}

void Target::wait_until_ready(Deadline deadline) {
  const auto until = std::min(deadline, Clock::now() + patience_);
  for (std::string why; why = why_not_ready(), !why.empty();) {
    std::string problem;
    if (const auto ended = process_->ended())
      problem = "the command " + *ended + " before it answered an HTTP request at " + endpoint_.str();
    else if (Clock::now() > until)
      problem = "the command has not answered an HTTP request at " + endpoint_.str() +
                " in time: " + why;
    if (problem.empty()) {
      std::this_thread::sleep_for(10ms);
      continue;
    }
    if (const std::string output = last_output(); !output.empty())
      problem += "; it wrote:\n" + output;
    throw TargetError("--spawn '" + command_ + "': " + without_password(problem));
  }
}

std::string Target::why_not_ready() {
  try {
    Connection connection(endpoint_, Clock::now() + 1s);
    connection.send(call_bytes(readiness_call_), Clock::now() + 2s);
    connection.receive("POST", Clock::now() + 2s);
    return "";
  } catch (const ConnectionError& error) {
    // What is no HTTP is an answer too: it will not get better, and the preflight says what is wrong.
    return error.kind() == ConnectionError::Kind::malformed ? "" : error.what();
  }
}

void Target::restart(Deadline deadline) {
  process_.reset();
  start(deadline);
}

std::optional<std::string> Target::crashed() {
  return process_ ? process_->ended() : std::nullopt;
}

std::string Target::last_output() { return process_ ? process_->last_output() : ""; }

std::string Target::authorization(As as) const {
  if (!credentials_ || as == As::nobody) return "";
  const std::string wrong = as == As::wrong ? "-wrong" : "";
  return "Basic " + base64(credentials_->username + ":" + credentials_->password + wrong);
}

std::string Target::without_authorization(std::string text) const {
  for (const As as : {As::user, As::wrong})
    if (const std::string value = authorization(as); !value.empty())
      text = replaced(text, value.substr(value.find(' ') + 1), not_shown);
  return text;
}

std::string Target::without_password(std::string text) const {
  text = without_authorization(std::move(text));
  if (!credentials_ || credentials_->password.empty()) return text;
  constexpr std::size_t too_short = 6;
  const std::string& password = credentials_->password;
  std::vector<std::string> secrets = {credentials_->username + ":" + password};
  if (password.size() >= too_short) secrets.push_back(password);
  for (const std::string& secret : secrets) {
    const std::string json = Json(secret).dump(-1, ' ', true, Json::error_handler_t::replace);
    std::string xml = replaced(secret, "&", "&amp;");
    xml = replaced(replaced(xml, "<", "&lt;"), ">", "&gt;");
    for (const std::string& form : {secret, xml, json.substr(1, json.size() - 2)})
      text = replaced(text, form, not_shown);
  }
  return text;
}

std::string Target::frame(const HttpRequest& request, As as) const {
  std::string head = request.method + " " + request.path + " HTTP/1.1\r\n";
  const auto add = [&](const char* name, const std::string& value) {
    for (const auto& [named, given] : request.headers)
      if (strcasecmp(named.c_str(), name) == 0) return;
    if (!value.empty()) head += std::string(name) + ": " + value + "\r\n";
  };
  add("Host", endpoint_.host_header());
  add("Authorization", authorization(as));
  add("Content-Type", "text/xml");
  add("Content-Length", std::to_string(request.body.size()));
  for (const auto& [name, value] : request.headers) head += name + ": " + value + "\r\n";
  return head + "\r\n" + request.body;
}

HttpRequest Target::call_request(const CallStep& call) const {
  return {"POST", endpoint_.path, {}, write_call(call.method, call.params)};
}

std::string Target::call_bytes(const CallStep& call) const {
  return frame(call_request(call), As::user);
}

Reply Target::call(const CallStep& call, std::chrono::milliseconds timeout) {
  const Deadline deadline = Clock::now() + timeout;
  Connection connection(endpoint_, deadline);
  connection.send(call_bytes(call), deadline);
  const HttpAnswer answer = connection.receive("POST", deadline);
  if (answer.status != 200) return BadReply{"HTTP status " + std::to_string(answer.status)};
  return read_reply(answer.body);
}

std::optional<std::vector<std::string>> Target::keys(std::chrono::milliseconds timeout) {
  return strings_in(call(list_keys, timeout));
}

std::optional<std::vector<std::string>> strings_in(const Reply& reply) {
  const auto* listed = std::get_if<ValueReply>(&reply);
  if (!listed || !listed->value.is_array()) return {};
  std::vector<std::string> keys;
  for (const Json& key : listed->value) {
    if (!key.is_string()) return {};
    keys.push_back(key.get<std::string>());
  }
  return keys;
}

}  // namespace conformance
