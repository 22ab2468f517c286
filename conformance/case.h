/// A case and the statements that it cites, as fixtures/README.md has them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "located_json.h"

namespace conformance {

/// Where a demand comes from; the order is that of its weight.
enum class Level { observed, should, must };

/// What a run has to be allowed before a case may do it to a target.
enum class Need { exclusive, restart, heavy, hostile, slow };

std::string_view name_of(Level level);
std::string_view name_of(Need need);
/// Nothing for a word that names no need.
std::optional<Need> need_named(std::string_view word);

/// Every need, in the order of the documentation.
inline constexpr Need all_needs[] = {Need::exclusive, Need::restart, Need::heavy, Need::hostile,
                                     Need::slow};
/// Their names, by commas.
std::string known_needs();

/// What the methods under test begin with, unless behaviours.json names another.
inline constexpr const char* cache_namespace = "cache";

/// A documented statement, from behaviours.json.
struct Behaviour {
  std::string id;
  Level level = Level::must;
  std::string statement;
  std::string source;
  std::string if_broken;
};

/// What must come back. Values and faults are notation, not yet expanded.
struct Expectation {
  std::string name;  ///< of an alternative under `oneOf`
  std::optional<Json> value;
  std::optional<Json> fault;  ///< `true`, or an object of code, string and others
  std::optional<Json> status;
  std::vector<std::pair<std::string, Json>> headers;
  bool closed = false;
  std::vector<Expectation> one_of;
};

/// One XML-RPC call.
struct CallStep {
  std::string method;
  Json params = Json::array();
};

/// One HTTP request that the runner frames.
struct PostStep {
  std::string method = "POST";
  std::string path = "{path}";
  std::vector<std::pair<std::string, std::string>> headers;
  Json body = "";
};

/// Exact bytes, in pieces written apart.
struct SendStep {
  std::vector<Json> pieces;
};

struct RestartStep {};

struct WaitStep {
  int seconds = 0;
};

/// Whose credentials a request carries.
enum class As { user, nobody, wrong };

struct Step {
  Place place;
  std::variant<CallStep, PostStep, SendStep, RestartStep, WaitStep> action;
  std::string on;  ///< the connection's name; empty for the case's own
  As as = As::user;
  bool setup = false;
  /// The answers due, in order: one, or several for a `send`; none for a
  /// set-up, a restart or a wait.
  std::vector<Expectation> expected;
};

struct Case {
  Place place;
  std::string suite;
  std::string id;
  std::string title;
  std::string why;
  std::string recorded;  ///< from what, in words; of an observed case
  Level level = Level::must;
  std::vector<const Behaviour*> cites;
  std::set<Need> needs;
  std::set<std::string> specs;  ///< empty for both
  std::string socket;           ///< `inet` or `unix`; empty for both
  bool credentials = false;     ///< only for a target that asks for some
  std::vector<Step> steps;

  bool belongs_to(const std::string& spec) const { return specs.empty() || specs.contains(spec); }
  bool belongs_on(const std::string& kind) const { return socket.empty() || socket == kind; }
};

}  // namespace conformance
