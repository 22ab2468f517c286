/// From a step to the bytes that it sends: the one place that a run, and
/// whoever shows a run beforehand, have them from.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "case.h"
#include "notation.h"
#include "target.h"

namespace conformance {

/// What the pieces of a `send` are written apart: the target reads one after the other.
inline constexpr std::chrono::milliseconds between_pieces{5};

struct Request {
  std::string method;               ///< of HTTP: it decides how the answer is read
  std::vector<std::string> pieces;  ///< the bytes, to be written one after the other
  std::optional<HttpRequest> framed;  ///< what they were made from; nothing for a `send`

  std::string bytes() const;
};

/// Nothing for a step that sends nothing: `restart` and `wait`.
std::optional<Request> request_of(const Step& step, const Target& target, const Names& names);

/// A text with `{path}`, `{host}`, `{authorization}` and `{key:NAME}` filled
/// in; any other brace is itself.
std::string fill(const std::string& text, const Target& target, const Names& names);

/// The same for the pieces of a `send`, where `{length}` is the number of
/// bytes that follow the head in the same piece or, if it ends there, in all
/// later ones.
void fill_pieces(std::vector<std::string>& pieces, const Target& target, const Names& names);

}  // namespace conformance
