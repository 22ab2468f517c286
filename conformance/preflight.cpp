#include "preflight.h"

#include <algorithm>
#include <regex>

#include "interrupt.h"
#include "socket_advice.h"

namespace conformance {

namespace {

/// A key as runs of this suite make them: see RunId::prefix.
bool is_of_a_run(const std::string& key) {
  static const std::regex form("kit-[0-9a-f]{8}\\.");
  return std::regex_search(key, form, std::regex_constants::match_continuous);
}

[[noreturn]] void give_up(const Target& target, const std::string& why) {
  throw TargetError(target.without_password(why));
}

std::string cannot_be_judged(const Target& target, const std::string& why) {
  return "the target at " + target.endpoint().str() + " cannot be judged: " + why;
}

bool is_html(const std::string& body) {
  static const std::regex tag("<(!doctype )?html", std::regex_constants::icase);
  return std::regex_search(body.substr(0, 2000), tag);
}

/// What an answer that is no XML-RPC may come from.
std::string guess(const HttpAnswer& answer) {
  if (answer.status == 403) return ": a rule there does not let this client in";
  if (answer.status == 404) return ": nothing is at this path";
  if (answer.status == 405) return ": nothing at this path takes a POST";
  if (const auto place = answer.header("Location"); place && answer.status / 100 == 3)
    return ": it sends clients on to " + brief(Json(*place)) + ", and a call is not sent on";
  if (const auto coding = answer.header("Content-Encoding"))
    return ": it is sent as " + *coding + ", which nobody asked for";
  if (answer.status == 200 && !is_html(answer.body))
    return ", and what begins " + brief(Json(answer.body.substr(0, 40)));
  return "";
}

std::string advice_for(const HttpAnswer& answer, const Target& target) {
  const Endpoint& endpoint = target.endpoint();
  const std::string status = "HTTP status " + std::to_string(answer.status);
  if (answer.status == 401)
    return endpoint.str() + (target.has_credentials()
                                 ? " refuses this user and password (HTTP status 401)"
                                 : " asks for a user and a password (HTTP status 401): give --username and "
                                   "--password-env NAME or --password-file FILE");
  if (answer.status >= 500)
    return endpoint.str() + " answers every call with " + status + ": look into its log";
  std::string sentence = endpoint.str() + " answers no XML-RPC: " + status +
                         (is_html(answer.body) ? " and an HTML page" : "") + guess(answer);
  if (endpoint.unix_socket.empty() && endpoint.path != "/RPC2")
    sentence += "; did you mean http://" + endpoint.host_header() + "/RPC2?";
  return sentence;
}

/// What a call was answered with.
struct Probe {
  HttpAnswer http;
  Reply reply;
  bool is_error() const { return http.status >= 500; }
  bool is_fault() const { return std::holds_alternative<FaultReply>(reply); }
  bool is_fault(int code) const { return is_fault() && std::get<FaultReply>(reply).fault["code"] == code; }
  /// Neither XML-RPC nor what somebody may have meant to be.
  bool is_no_xml() const {
    if (!why_bad(reply)) return false;  // in UTF-16, which does not begin so
    const auto first = http.body.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    return first == std::string::npos || http.body[first] != '<';
  }
};

/// Throws TargetError for what is no XML-RPC at all.
Probe ask(Target& target, const CallStep& call, const Settings& settings) {
  const Deadline deadline = Clock::now() + settings.patience();
  try {
    Connection connection(target.endpoint(), deadline);
    connection.send(target.call_bytes(call), deadline);
    const HttpAnswer answer = connection.receive("POST", deadline);
    Probe probe{answer, read_reply(answer.body)};
    const bool html = why_bad(probe.reply) && is_html(answer.body);
    if (!probe.is_error() && (answer.status != 200 || html)) give_up(target, advice_for(answer, target));
    return probe;
  } catch (const ConnectionError& error) {
    if (error.kind() == ConnectionError::Kind::unreachable)
      give_up(target, std::string(error.what()) + "; " + advice_for_unreachable(target.endpoint()));
    const bool may_be_tls = error.kind() == ConnectionError::Kind::closed && error.received().empty();
    give_up(target, cannot_be_judged(target, error.what()) +
                        (may_be_tls ? "; a server that speaks TLS may do that" : ""));
  }
}

void find_spec(Target& target, const Settings& settings, Preflight& seen) {
  const SpecCalls calls = spec_calls(settings.run);
  Reply stored;
  try {
    stored = target.call(calls.store, settings.patience());
    target.call(calls.remove, settings.patience());
  } catch (...) {  // interrupted, or no answer: it may have been stored all the same
    quiet_interrupt_descriptor();
    try {
      target.call(calls.remove, settings.patience());
    } catch (const ConnectionError&) {
    }
    throw;
  }
  const auto* value = std::get_if<ValueReply>(&stored);
  seen.found = true;
  seen.spec = value && value->value == true ? "1.1" : "1.0";
  if (value && value->value != true)
    seen.undecided = "cache.store of an integer answers " + target.without_password(brief(value->value)) +
                     ", which is neither true nor a fault";
  if (const auto why = why_bad(stored))
    seen.undecided = "cache.store of an integer gets no XML-RPC answer: " + target.without_password(*why);
}

void see_versions(const Probe& version, const Target& target, Preflight& seen) {
  constexpr std::size_t most = 60;
  const auto shown = [&](const std::string& text) {
    return readable(target.without_password(text), most, std::min(text.size(), most));
  };
  if (const auto* value = std::get_if<ValueReply>(&version.reply); value && value->value.is_string())
    seen.api_version = shown(value->value.get<std::string>());
  if (const auto server = version.http.header("Server")) seen.server = shown(*server);
}

/// What the first calls were answered with.
struct FirstAnswers {
  Probe version;
  Probe list;  ///< of keys, or of methods
};

FirstAnswers ask_first(Target& target, const std::string& name_space, const Settings& settings,
                       Preflight& seen) {
  const auto calls = first_calls(name_space);
  const Probe version = ask(target, calls[0], settings);
  const Probe list = ask(target, calls[1], settings);
  see_versions(version, target, seen);
  if (version.is_error() && list.is_error()) give_up(target, advice_for(list.http, target));
  if (version.is_no_xml() && list.is_no_xml()) give_up(target, advice_for(list.http, target));
  return {version, list};
}

constexpr int shutdown_state = 6;

[[noreturn]] void give_up_shutting_down(const Target& target) {
  give_up(target, target.endpoint().str() +
                      " is shutting down (fault 6, SHUTDOWN_STATE): run again once it has been started");
}

[[noreturn]] void give_up_missing(const Target& target, const std::string& what, const std::string& name_space,
                                  const std::string& factory, const std::string& more = "") {
  give_up(target, target.endpoint().str() + " serves no " + what +
                      ". In a supervisord's configuration these two lines add it:\n"
                      "  [rpcinterface:" + name_space + "]\n"
                      "  supervisor.rpcinterface_factory = " + factory + more);
}

/// The keys that the cache holds, if it lists any; see strings_in.
std::optional<std::vector<std::string>> require_cache(Target& target, const Settings& settings,
                                                      Preflight& seen) {
  const auto [version, keys] = ask_first(target, cache_namespace, settings, seen);
  if (version.is_fault(shutdown_state) && keys.is_fault(shutdown_state)) give_up_shutting_down(target);
  if (version.is_fault() && keys.is_fault())
    give_up_missing(target, "cache: both cache.getAPIVersion and cache.getKeys are faults", cache_namespace,
                    "supervisor_cache.rpcinterface:make_cache_rpcinterface",
                    settings.name_space_assumed
                        ? "\nIf the cases are about another extension, their behaviours.json has to name its "
                          "\"namespace\"."
                        : "");
  return keys.http.status == 200 ? strings_in(keys.reply) : std::nullopt;
}

/// Somebody's extension, of which nothing is known but its name.
void require_namespace(Target& target, const Settings& settings, Preflight& seen) {
  const std::string& name = settings.name_space;
  const auto [version, list] = ask_first(target, name, settings, seen);
  if (version.is_fault(shutdown_state)) give_up_shutting_down(target);
  const auto methods = list.http.status == 200 ? strings_in(list.reply) : std::nullopt;
  if (!version.is_fault() || !methods) return;
  if (std::none_of(methods->begin(), methods->end(),
                   [&](const std::string& method) { return method.starts_with(name + "."); }))
    give_up_missing(target, "namespace " + name + ": " + ask_version(name).method +
                                " is a fault, and system.listMethods lists none of its methods",
                    name, "MODULE:FACTORY");
}

std::vector<std::string> of_runs(const std::vector<std::string>& keys) {
  std::vector<std::string> found;
  for (const std::string& key : keys)
    if (is_of_a_run(key)) found.push_back(key);
  return found;
}

}  // namespace

std::vector<CallStep> first_calls(const std::string& name_space) {
  return {ask_version(name_space), name_space == cache_namespace ? list_keys : list_methods};
}

SpecCalls spec_calls(const RunId& run) {
  const Json key = Names{run, "spec"}.key("int");
  return {{"cache.store", Json::array({key, 1})}, delete_key(key)};
}

Preflight look_at(Target& target, const std::string& spec, const Settings& settings) {
  Preflight seen;
  seen.spec = spec;
  if (!settings.is_cache()) {
    require_namespace(target, settings, seen);
    return seen;
  }
  const auto keys = require_cache(target, settings, seen);
  seen.left_over = of_runs(keys.value_or(std::vector<std::string>())).size();
  try {
    if (spec == "auto") find_spec(target, settings, seen);
  } catch (const ConnectionError& error) {
    give_up(target, cannot_be_judged(target, error.what()));
  }
  return seen;
}

std::size_t sweep_left_over(Target& target, const Settings& settings,
                            const std::function<void(const std::string&)>& deleted) {
  Preflight seen;
  const auto keys = require_cache(target, settings, seen);
  if (!keys)
    give_up(target, target.endpoint().str() + " gives no list of keys: nothing was deleted");
  const auto left = of_runs(*keys);
  for (const std::string& key : left) {
    try {
      const Reply reply = target.call(delete_key(key), settings.patience());
      if (!std::holds_alternative<ValueReply>(reply))
        give_up(target, target.endpoint().str() + " does not delete the key " + brief(Json(key)));
    } catch (const ConnectionError& error) {
      give_up(target, "the key " + brief(Json(key)) + " and what follows may be left: " + error.what());
    }
    deleted(key);
  }
  return left.size();
}

}  // namespace conformance
