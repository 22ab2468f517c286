/// Where a supervisord listens and what it asks for, from its configuration
/// file, found as supervisorctl finds it.
#pragma once

#include <optional>
#include <string>

#include "ini_file.h"
#include "target.h"

namespace conformance {

/// All errors are InputErrors, with the line that is to blame; none shows a
/// value, which may be a password.
class SupervisorConfig {
 public:
  /// `path` as it was given: what is relative in the file is so to its folder
  /// by `%(here)s`, and to the working directory without.
  SupervisorConfig(const std::string& path, std::string_view text) : file_(path, text) {}

  /// `serverurl` of [supervisorctl]; without it the socket of
  /// [unix_http_server], then that of [inet_http_server]; where there is only
  /// a [supervisorctl], its default of http://localhost:9001. The path is
  /// always /RPC2.
  Endpoint endpoint() const;

  /// `username` and `password` of [supervisorctl], or of the section that
  /// listens at the endpoint. Nothing if there are none, or they are empty.
  std::optional<Credentials> credentials() const;

  /// `file:line` of the password, for people; empty if there is none.
  std::string password_place() const;

 private:
  /// A value with `%(here)s` and `%(ENV_NAME)s` filled in.
  struct Filled {
    std::string text;
    Place place;
  };
  std::optional<Filled> find(const std::string& section, const std::string& key) const;
  std::optional<Endpoint> server(const std::string& section) const;
  /// The section whose user and password count; empty if none does.
  std::string asking_section() const;

  IniFile file_;
};

}  // namespace conformance
