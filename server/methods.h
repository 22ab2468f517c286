#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "value.h"

namespace cache_server {

/// The releases of the cache's specification that a server can keep to, oldest first.
/// 1.0: values are strings (README of supervisor_cache, Usage). 1.1: values are of any XML-RPC type
/// (README of supervisor_cache 1.1.0).
inline constexpr std::array<std::string_view, 2> kSpecs = {"1.0", "1.1"};

/// One method as its namespace declares it. The row is the documentation, and all that
/// the server knows about the method: lookup and the number of parameters derive from it.
///
/// A namespace is a constexpr array of rows, sorted by name and then by `since`, with a
/// State of its own that its handlers work on.
///
///     constexpr std::array kRows = {Row<Cache>{
///         "cache.delete", "1.0", "boolean string", "Removes …", remove}};
///     static_assert(rows_are_sound(kRows));
template <class State>
struct Row {
  std::string_view name;       ///< with its namespace: `cache.store`
  std::string_view since;      ///< the spec it came with; a newer row replaces an older
  std::string_view signature;  ///< type words: of the result, then of each parameter
  std::string_view help;       ///< for people: what it does, each parameter, the result
  /// Gets exactly as many parameters as the signature names, of any type. Refuses with a
  /// Fault, before it has changed anything.
  Value (*handler)(State&, const Params&);
};

/// Whether a method may be called just now: throws the Fault that refuses the call if it
/// may not. An empty one never refuses.
using Guard = std::function<void()>;

/// A row that is bound to the state it works on: what a Service calls.
struct Method {
  std::string_view name;
  std::string_view since;
  std::string_view signature;
  std::string_view help;
  std::function<Value(const Params&)> handler;
  Guard guard = {};
};

/// Appends `rows` to `methods`, all with the same guard. `state`, and what the rows'
/// texts point to, must outlive them.
template <class State>
void bind_rows(std::span<const Row<State>> rows, State& state,
               std::vector<Method>& methods, const Guard& guard = {}) {
  for (const Row<State>& row : rows) {
    methods.push_back({row.name, row.since, row.signature, row.help,
                       [&state, handler = row.handler](const Params& params) -> Value {
                         return handler(state, params);
                       },
                       guard});
  }
}

/// The number of parameters that a signature names.
constexpr std::size_t arity(std::string_view signature) {
  std::size_t blanks = 0;
  for (const char c : signature) blanks += c == ' ';
  return blanks;
}

/// The newest row of that name that `spec`, one of kSpecs, allows; null if there is none.
const Method* find_method(std::span<const Method> methods, std::string_view spec,
                          std::string_view name);

/// Looks the method up and calls it. Throws the Fault UNKNOWN_METHOD if there is none,
/// INCORRECT_PARAMETERS if the number of parameters is not the signature's, and whatever
/// its guard and its handler throw, in this order.
Value call_method(std::span<const Method> methods, std::string_view spec,
                  std::string_view name, const Params& params);

/// Whether a signature is made of known type words with one blank between each: the
/// words that system.methodSignature of a supervisord uses. An integer is `int` in its
/// own methods and `integer` in the cache's.
constexpr bool is_signature(std::string_view signature) {
  for (;;) {
    const auto end = signature.find(' ');
    const std::string_view word = signature.substr(0, end);
    if (word != "array" && word != "boolean" && word != "int" && word != "integer" &&
        word != "string" && word != "struct") {
      return false;
    }
    if (end == std::string_view::npos) return true;
    signature.remove_prefix(end + 1);
  }
}

/// For a static_assert: each row complete, its words known, all sorted without a double.
template <class State, std::size_t N>
constexpr bool rows_are_sound(const std::array<Row<State>, N>& rows) {
  for (std::size_t i = 0; i < N; ++i) {
    const Row<State>& row = rows[i];
    bool spec_known = false;
    for (const std::string_view spec : kSpecs) {
      spec_known = spec_known || row.since == spec;
    }
    const auto dot = row.name.find('.');
    const bool one_dot = dot != std::string_view::npos && dot > 0 &&
                         dot + 1 < row.name.size() && row.name.rfind('.') == dot;
    if (!spec_known || !one_dot || !is_signature(row.signature) || row.help.empty() ||
        row.handler == nullptr) {
      return false;
    }
    if (i > 0 && (rows[i - 1].name > row.name ||
                  (rows[i - 1].name == row.name && rows[i - 1].since >= row.since))) {
      return false;
    }
  }
  return true;
}

}  // namespace cache_server
