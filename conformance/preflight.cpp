#include "preflight.h"

#include <regex>

#include "call_writer.h"
#include "interrupt.h"

namespace conformance {

namespace {

/// A key as runs of this suite make them: see RunId::prefix.
bool is_of_a_run(const std::string& key) {
  static const std::regex form("kit-[0-9a-f]{8}\\.");
  return std::regex_search(key.substr(0, 13), form);
}

std::string advice_for(const HttpAnswer& answer, const Target& target) {
  const auto& [status, body] = std::tie(answer.status, answer.body);
  const std::string where = target.endpoint().str();
  if (status == 401)
    return where + (target.has_credentials()
                        ? " refuses this user and password (HTTP status 401)"
                        : " asks for a user and a password (HTTP status 401): give --username and "
                          "--password-env NAME or --password-file FILE");
  if (status >= 500)
    return where + " answers every call with HTTP status " + std::to_string(status) +
           ": look into its log";
  const bool html = body.find("<html") != std::string::npos || body.find("<HTML") != std::string::npos;
  std::string sentence = where + " answers no XML-RPC: HTTP status " + std::to_string(status) +
                         (html ? " and an HTML page" : "");
  if (const auto location = answer.header("Location"))
    sentence += ", which points to " + brief(Json(*location)) + " and is not followed";
  if (target.endpoint().unix_socket.empty() && target.endpoint().path != "/RPC2")
    sentence += "; did you mean http://" + target.endpoint().host_header() + "/RPC2?";
  return sentence;
}

/// What a call without parameters was answered with.
struct Probe {
  HttpAnswer http;
  Reply reply;
  bool is_fault() const { return std::holds_alternative<FaultReply>(reply); }
  bool is_error() const { return http.status >= 500; }
};

/// Throws TargetError for what is no XML-RPC at all.
Probe ask(Target& target, const std::string& method, const Settings& settings) {
  const Deadline deadline = Clock::now() + settings.patience();
  try {
    Connection connection(target.endpoint(), deadline);
    connection.send(target.frame({"POST", target.endpoint().path, {}, write_call(method, Json::array())},
                                 As::user),
                    deadline);
    const HttpAnswer answer = connection.receive("POST", deadline);
    Probe probe{answer, read_reply(answer.body)};
    const bool html = why_bad(probe.reply) && answer.body.find("<html") != std::string::npos;
    if (!probe.is_error() && (answer.status != 200 || html))
      throw TargetError(advice_for(answer, target));
    return probe;
  } catch (const ConnectionError& error) {
    if (error.kind() == ConnectionError::Kind::unreachable)
      throw TargetError(std::string(error.what()) + "; is the target running?");
    const bool may_be_tls = error.kind() == ConnectionError::Kind::closed && error.received().empty();
    throw TargetError("the target at " + target.endpoint().str() + " cannot be judged: " + error.what() +
                      (may_be_tls ? "; a server that speaks TLS may do that" : ""));
  }
}

void find_spec(Target& target, const Settings& settings, Preflight& seen) {
  const Json key = Names{settings.run, "spec"}.key("int");
  const auto remove = [&] { target.call("cache.delete", Json::array({key}), settings.patience()); };
  Reply stored;
  try {
    stored = target.call("cache.store", Json::array({key, 1}), settings.patience());
  } catch (...) {  // interrupted, or no answer: it may have been stored all the same
    quiet_interrupt_descriptor();
    try {
      remove();
    } catch (const ConnectionError&) {
    }
    throw;
  }
  const auto* value = std::get_if<ValueReply>(&stored);
  seen.found = true;
  seen.spec = value && value->value == true ? "1.1" : "1.0";
  if (value && value->value != true)
    seen.undecided = "cache.store of an integer answers " + brief(value->value) +
                     ", which is neither true nor a fault";
  if (const auto why = why_bad(stored))
    seen.undecided = "cache.store of an integer gets no XML-RPC answer: " + *why;
  remove();
}

std::vector<std::string> left_over_keys(Target& target, const Settings& settings) {
  std::vector<std::string> left;
  for (const std::string& key : target.keys(settings.patience()).value_or(std::vector<std::string>()))
    if (is_of_a_run(key)) left.push_back(key);
  return left;
}

void require_cache(Target& target, const Settings& settings) {
  const Probe version = ask(target, "cache.getAPIVersion", settings);
  const Probe keys = ask(target, "cache.getKeys", settings);
  if (version.is_error() && keys.is_error())
    throw TargetError(advice_for(keys.http, target));
  if (!version.is_fault() || !keys.is_fault()) return;
  throw TargetError(
      target.endpoint().str() +
      " serves no cache: both cache.getAPIVersion and cache.getKeys are faults. In a supervisord's "
      "configuration these two lines add it:\n"
      "  [rpcinterface:cache]\n"
      "  supervisor.rpcinterface_factory = "
      "supervisor_cache.rpcinterface:make_cache_rpcinterface");
}

}  // namespace

Preflight look_at(Target& target, const std::string& spec, const Settings& settings) {
  Preflight seen;
  seen.spec = spec;
  require_cache(target, settings);
  try {
    seen.left_over = left_over_keys(target, settings).size();
    if (spec == "auto") find_spec(target, settings, seen);
  } catch (const ConnectionError& error) {
    throw TargetError("the target at " + target.endpoint().str() + " cannot be judged: " + error.what());
  }
  return seen;
}

std::size_t sweep_left_over(Target& target, const Settings& settings) {
  require_cache(target, settings);
  const auto keys = left_over_keys(target, settings);
  for (const std::string& key : keys)
    target.call("cache.delete", Json::array({key}), settings.patience());
  return keys.size();
}

}  // namespace conformance
