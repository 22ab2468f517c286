#include "supervisor_config.h"

#include <pwd.h>

#include <cstdlib>
#include <filesystem>
#include <regex>

namespace conformance {

namespace {

namespace fs = std::filesystem;

const std::string inet_section = "inet_http_server", unix_section = "unix_http_server";

/// `~` and `~NAME` at the begin of a path become a home folder.
std::string at_home(const std::string& path) {
  if (!path.starts_with('~')) return path;
  const auto end = std::min(path.find('/'), path.size());
  const std::string name = path.substr(1, end - 1);
  if (const char* home = std::getenv("HOME"); name.empty() && home) return home + path.substr(end);
  const passwd* user = name.empty() ? nullptr : getpwnam(name.c_str());
  return user ? user->pw_dir + path.substr(end) : path;
}

Endpoint unix_endpoint(const std::string& path, const Place& place) {
  try {
    return Endpoint::from_unix_socket(fs::absolute(at_home(path)).lexically_normal().string());
  } catch (const UsageError& error) {
    throw InputError(place, error.what());
  }
}

Endpoint from_serverurl(const std::string& url, const Place& place) {
  if (url.starts_with("unix://")) return unix_endpoint(url.substr(7), place);
  if (url.find('@') != std::string::npos)
    throw InputError(place, "supervisorctl passes over a user and a password in serverurl: give "
                            "them as username and password");
  try {
    Endpoint endpoint = Endpoint::from_url(url);
    endpoint.path = "/RPC2";
    return endpoint;
  } catch (const UsageError&) {
    throw InputError(place, "serverurl: expected http://HOST:PORT or unix:///PATH");
  }
}

/// `9001`, `*:9001` or `HOST:9001`: where a client of this computer finds it.
Endpoint from_port(const std::string& written, const Place& place) {
  static const std::regex form("([^\\s/@]*:)?([0-9]{1,5})");
  std::smatch parts;
  if (written.size() > 300 || !std::regex_match(written, parts, form))
    throw InputError(place, "port: expected PORT or HOST:PORT");
  std::string host = parts[1];
  if (host.empty() || host == ":" || host == "*:" || host == "0.0.0.0:") host = "127.0.0.1:";
  try {
    return Endpoint::from_url("http://" + host + parts[2].str() + "/RPC2");
  } catch (const UsageError&) {
    throw InputError(place, "port: expected PORT or HOST:PORT");
  }
}

bool is_same(const Endpoint& a, const Endpoint& b) {
  const auto host = [](const Endpoint& e) { return e.host == "localhost" ? "127.0.0.1" : e.host; };
  return host(a) == host(b) && a.port == b.port && a.unix_socket == b.unix_socket;
}

}  // namespace

std::optional<SupervisorConfig::Filled> SupervisorConfig::find(const std::string& section,
                                                               const std::string& key) const {
  const IniFile::Value* value = file_.find(section, key);
  if (!value) return {};
  const std::string& text = value->text;
  const auto fail = [&](const std::string& why) { throw InputError(value->place, key + ": " + why); };
  std::string filled;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      filled += text[i];
      continue;
    }
    const auto close = text.find(")s", i);
    if (text.compare(i, 2, "%%") == 0) {
      filled += '%';
      ++i;
    } else if (text.compare(i, 2, "%(") == 0 && close != std::string::npos) {
      const std::string name = text.substr(i + 2, close - i - 2);
      const char* variable = name.starts_with("ENV_") ? std::getenv(name.c_str() + 4) : nullptr;
      if (name == "here") filled += fs::absolute(file_.path()).parent_path().lexically_normal().string();
      else if (variable) filled += variable;
      else if (name.starts_with("ENV_")) fail("there is no environment variable for a %(ENV_…)s in it");
      else fail("a %(…)s in it is neither %(here)s nor %(ENV_NAME)s");
      i = close + 1;
    } else {
      fail("a % in it is neither %% nor the begin of %(NAME)s");
    }
  }
  return Filled{filled, value->place};
}

std::optional<Endpoint> SupervisorConfig::server(const std::string& section) const {
  const std::string key = section == unix_section ? "file" : "port";
  const auto value = find(section, key);
  if (!value) return {};
  return section == unix_section ? unix_endpoint(value->text, value->place)
                                 : from_port(value->text, value->place);
}

Endpoint SupervisorConfig::endpoint() const {
  if (const auto url = find("supervisorctl", "serverurl")) return from_serverurl(url->text, url->place);
  for (const std::string& section : {unix_section, inet_section})
    if (const auto found = server(section)) return *found;
  if (file_.has("supervisorctl")) return Endpoint::from_url("http://localhost:9001");
  throw InputError({file_.path()},
                   "there is no [supervisorctl], [unix_http_server] or [inet_http_server] in it that "
                   "says where the supervisord listens");
}

std::string SupervisorConfig::asking_section() const {
  const auto names_user = [&](const std::string& section) {
    const auto username = find(section, "username");
    return username ? !username->text.empty() : find(section, "password").has_value();
  };
  if (names_user("supervisorctl")) return "supervisorctl";
  const Endpoint asked = endpoint();
  for (const std::string& section : {unix_section, inet_section})
    if (const auto found = server(section); found && is_same(*found, asked) && names_user(section))
      return section;
  return "";
}

std::optional<Credentials> SupervisorConfig::credentials() const {
  const std::string section = asking_section();
  if (section.empty()) return {};
  const auto username = find(section, "username"), password = find(section, "password");
  const std::string advice =
      ": give --username with --password-env NAME or --password-file FILE as well";
  if (!username || !password)
    throw InputError((username ? username : password)->place,
                     "[" + section + "] has only one of username and password" + advice);
  if (section != "supervisorctl" && password->text.starts_with("{SHA}"))
    throw InputError(password->place, "this is the hash of a password" + advice);
  return Credentials{username->text, password->text};
}

std::string SupervisorConfig::password_place() const {
  const std::string section = asking_section();
  const IniFile::Value* password = section.empty() ? nullptr : file_.find(section, "password");
  return password ? password->place.file + ":" + std::to_string(password->place.line) : "";
}

}  // namespace conformance
