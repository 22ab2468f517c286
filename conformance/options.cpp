#include "options.h"

#include <catch2/catch_session.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include "shell_line.h"

namespace conformance {

namespace {

std::chrono::milliseconds seconds(const std::string& option, const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0.001 && number < 1e6))
    throw UsageError(option + " " + text + ": expected a number of seconds");
  return std::chrono::milliseconds(static_cast<long>(number * 1000 + 0.5));
}

/// The whole of a file. Nothing if it cannot be read.
std::optional<std::string> content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content;
  for (char c = 0; file.get(c);) content += c;
  if (!file.is_open() || file.bad()) return {};
  return content;
}

}  // namespace

void Options::add_to(Catch::Session& session) {
  using Catch::Clara::Opt;
  // Catch2 keeps views of these texts.
  static const std::string allow_help =
      "what cases may do to a target that was not started here: " + known_needs() + ", all";
  session.cli(session.cli() |
              Opt(url, "URL")["--url"]("the target: http://HOST:PORT/RPC2") |
              Opt(unix_socket, "PATH")["--unix-socket"]("the target, on a Unix-domain socket") |
              Opt(config, "FILE")["--config"](
                  "the target: the supervisord with this configuration file, with the user and "
                  "password in it, as supervisorctl finds them") |
              Opt(spawn, "COMMAND")["--spawn"](
                  "the target: start COMMAND, with {port} or {socket} filled in, and end it "
                  "afterwards; without any target the bundled cache-server is started") |
              Opt(spec, "auto|1.0|1.1")["--spec"](
                  "1.0: values are strings; 1.1: any type; auto, the default for a target: ask it") |
              Opt(strict)["--strict"]("should and observed cases decide the exit status too") |
              Opt(allow, "NEED,...|all")["--allow"](allow_help) |
              Opt(require_all)["--require-all"]("a skipped case fails the run") |
              Opt(doubt)["--doubt"](
                  "change each reply of a case that passed, in memory, and judge it again: a change that "
                  "turns no verdict and is not declared irrelevant fails the run") |
              Opt(fixtures, "DIR")["--fixtures"](
                  "folder of cases, of the cache or another extension, in place of the bundled; repeatable") |
              Opt(known_failures, "FILE")["--known-failures"](
                  "cases that are known to fail, which do not fail the run: conformance/README.md") |
              Opt(write_known_failures, "FILE")["--write-known-failures"](
                  "after the run, list there what failed, for --known-failures; with both, that list is "
                  "brought up to date; the exit status stays the run's") |
              Opt(timeout, "S")["--timeout"]("seconds for one answer (10)") |
              Opt(deadline, "S")["--deadline"]("seconds for the whole run (none)") |
              Opt(username, "U")["--username"]("user, for a target that asks for one") |
              Opt(password_env, "NAME")["--password-env"]("the environment variable with the password") |
              Opt(password_file, "FILE")["--password-file"]("the file with the password") |
              Opt(run_id, "HEX")["--run-id"](
                  "eight digits in place of drawn ones: this run's keys begin kit-HEX.") |
              Opt(sweep)["--sweep"](
                  "delete the keys that killed runs left, name them, and run nothing; not beside a "
                  "run that goes on: its keys look the same") |
              Opt(print_calls)["--print-calls"](
                  "print every request that this run would send, byte by byte, and send nothing; "
                  "needs no target") |
              Opt(show, "ID")["--show"](
                  "print the case as calls and expected answers, for people, and run nothing; repeatable") |
              Opt(version)["--version"]("print the version"));
}

void Options::check() const {
  const int targets = !url.empty() + !unix_socket.empty() + !config.empty() + !spawn.empty();
  if (targets > 1)
    throw UsageError("--url, --unix-socket, --config and --spawn exclude each other: give one");
  endpoint();
  if (!spec.empty() && spec != "auto" && spec != "1.0" && spec != "1.1")
    throw UsageError("--spec " + spec + ": expected auto, 1.0 or 1.1");
  if (!password_env.empty() && !password_file.empty())
    throw UsageError("--password-env and --password-file exclude each other: give one");
  if (username.empty() != (password_env.empty() && password_file.empty()))
    throw UsageError("--username goes with --password-env NAME or --password-file FILE");
  if (sweep && (!names_target() || !spawn.empty()))
    throw UsageError("--sweep: name the target with --url, --unix-socket or --config");
  allowed(false);
  timeout_value();
  deadline_value();
  run();
}

std::set<Need> Options::allowed(bool spawned) const {
  std::set<Need> needs;
  if (spawned) needs = {Need::exclusive, Need::restart, Need::heavy, Need::hostile};
  for (const std::string& list : allow) {
    std::size_t at = 0;
    while (at <= list.size()) {
      const auto comma = std::min(list.find(',', at), list.size());
      const std::string word = list.substr(at, comma - at);
      at = comma + 1;
      if (word == "all") {
        needs.insert(std::begin(all_needs), std::end(all_needs));
      } else if (const auto need = need_named(word)) {
        needs.insert(*need);
      } else {
        throw UsageError("--allow " + list + ": \"" + word + "\" is no need; known: " + known_needs() + ", all");
      }
    }
  }
  return needs;
}

void Options::read_config() {
  if (config.empty()) return;
  const auto content = content_of(config);
  if (!content) throw UsageError("--config " + config + ": the file cannot be read");
  read_.emplace(config, *content);
}

std::optional<Endpoint> Options::endpoint() const {
  if (!url.empty()) return Endpoint::from_url(url);
  if (!unix_socket.empty()) return Endpoint::from_unix_socket(unix_socket);
  if (read_) return read_->endpoint();
  return {};
}

std::optional<Credentials> Options::credentials() const {
  if (username.empty()) return read_ ? read_->credentials() : std::nullopt;
  if (!password_env.empty()) {
    const char* password = std::getenv(password_env.c_str());
    if (!password) throw UsageError("--password-env " + password_env + ": there is no such variable");
    return Credentials{username, password};
  }
  auto password = content_of(password_file);
  if (!password) throw UsageError("--password-file " + password_file + ": the file cannot be read");
  while (password->ends_with('\n') || password->ends_with('\r')) password->pop_back();
  return Credentials{username, *password};
}

std::string Options::password_source() const {
  if (!password_env.empty()) return "\"$" + password_env + "\"";
  if (!password_file.empty()) return "\"$(cat " + shell_word(password_file) + ")\"";
  if (!read_) return "";
  // A shell says what to set, where it is not. No quoting is safe there in every shell.
  const std::string place = read_->password_place();
  return "\"${SUPERVISOR_PASSWORD:?set it to the password in " +
         (shell_word(place) == place ? place : "the file of --config") + "}\"";
}

std::chrono::milliseconds Options::timeout_value() const { return seconds("--timeout", timeout); }

std::optional<std::chrono::milliseconds> Options::deadline_value() const {
  if (deadline.empty()) return {};
  return seconds("--deadline", deadline);
}

RunId Options::run() const {
  if (run_id.empty()) return RunId::draw();
  RunId run;
  const auto [end, error] =
      std::from_chars(run_id.data(), run_id.data() + run_id.size(), run.number, 16);
  if (run_id.size() != 8 || error != std::errc() || end != run_id.data() + run_id.size())
    throw UsageError("--run-id " + run_id + ": expected eight hexadecimal digits");
  return run;
}

KnownFailures Options::known() const {
  if (known_failures.empty()) return {};
  return {known_failures, std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
}

Json Options::deciding(const Settings& settings) const {
  const auto in_seconds = [](std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
  };
  Json allowed = Json::array();
  for (const Need need : settings.allowed) allowed.push_back(name_of(need));
  const auto most = deadline_value();
  return {{"strict", strict},
          {"allow", allowed},
          {"require_all", require_all},
          {"timeout", in_seconds(settings.timeout)},
          {"deadline", most ? Json(in_seconds(*most)) : Json()},
          {"known_failures", known_failures.empty() ? Json() : Json(known_failures)},
          {"credentials", !username.empty()}};
}

namespace {

/// For a shell; nothing without a value.
std::string option_words(const std::string& option, const std::string& value) {
  return value.empty() ? "" : " " + option + " " + shell_word(value);
}

}  // namespace

std::string Options::again(const std::string& found_spec) const {
  std::string words;
  const auto add = [&](const std::string& option, const std::string& value) {
    words += option_words(option, value);
  };
  add("--url", url);
  add("--unix-socket", unix_socket);
  add("--config", config);
  add("--spawn", spawn);
  add("--spec", found_spec);
  if (strict) words += " --strict";
  for (const std::string& list : allow) add("--allow", list);
  if (require_all) words += " --require-all";
  if (doubt) words += " --doubt";
  for (const std::string& folder : fixtures) add("--fixtures", folder);
  add("--known-failures", known_failures);
  if (timeout != "10") add("--timeout", timeout);
  return words;
}

std::string Options::again_as_user() const {
  return option_words("--username", username) + option_words("--password-env", password_env) +
         option_words("--password-file", password_file);
}

}  // namespace conformance
