/// The command line of cache-conformance, apart from what Catch2 reads.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "run_case.h"
#include "supervisor_config.h"

namespace Catch {
class Session;
}

namespace conformance {

/// As written; check() says whether it makes sense.
struct Options {
  std::string url;
  std::string unix_socket;
  std::string config;
  std::string spawn;
  std::string spec;  ///< `auto`, `1.0` or `1.1`; empty if not given
  bool strict = false;
  std::vector<std::string> allow;  ///< needs, also several in one, by commas
  bool require_all = false;
  bool doubt = false;
  std::vector<std::string> fixtures;
  std::string known_failures;
  std::string write_known_failures;
  std::string timeout = "10";
  std::string deadline;
  std::string username;
  std::string password_env;
  std::string password_file;
  std::string run_id;
  bool sweep = false;
  bool print_calls = false;
  std::vector<std::string> show;  ///< ids of cases
  bool version = false;

  /// Adds them to what Catch2 reads, and to its --help.
  void add_to(Catch::Session& session);

  bool names_target() const {
    return !url.empty() || !unix_socket.empty() || !config.empty() || !spawn.empty();
  }

  /// These throw UsageError with one sentence that names the option.
  void check() const;
  std::set<Need> allowed(bool spawned) const;
  /// Reads the file of --config, once, if there is one; also throws InputError.
  void read_config();
  /// Of a target that was not started here; nothing where one has to be.
  std::optional<Endpoint> endpoint() const;
  std::optional<Credentials> credentials() const;
  std::string password_source() const;  ///< see curl_line
  std::chrono::milliseconds timeout_value() const;
  std::optional<std::chrono::milliseconds> deadline_value() const;
  RunId run() const;
  KnownFailures known() const;  ///< throws InputError too

  /// What decides verdicts besides target, spec and fixtures, as a run's
  /// results name it. Tells nothing of a user or a password.
  Json deciding(const Settings& settings) const;

  /// The same target and the same rules once more, as words for a shell:
  /// `--url http://… --strict`, in `spec`. Tells nothing of a user or a password.
  std::string again(const std::string& spec) const;
  /// The user and where the password is, to go behind that.
  std::string again_as_user() const;

 private:
  std::optional<SupervisorConfig> read_;
};

}  // namespace conformance
