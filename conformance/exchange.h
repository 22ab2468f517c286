/// What a step sends, and how it is shown to people.
#pragma once

#include <string>
#include <vector>

#include "judge.h"
#include "target.h"

namespace conformance {

/// What was sent and what came back, as bytes, shortened to what people read.
/// Passwords are blotted out.
struct Exchange {
  std::string step;     ///< the step in one line
  std::string request;
  std::string answer;   ///< or, in square brackets, why there is none
  std::string repeat;   ///< a shell command that sends it again; empty if none can
};

/// A text with `{path}`, `{host}`, `{authorization}` and `{key:NAME}` filled
/// in; any other brace is itself.
std::string fill(const std::string& text, const Target& target, const Names& names);

/// The same for the pieces of a `send`, where `{length}` is the number of
/// bytes that follow the head in the same piece or, if it ends there, in all
/// later ones.
void fill_pieces(std::vector<std::string>& pieces, const Target& target, const Names& names);

/// An exchange with its step named and its request shown, passwords blotted
/// out and long bodies cut.
Exchange start_exchange(const Step& step, const std::string& request, const Target& target);

/// Adds an answer, or why there is none, passwords blotted out.
void show_outcome(Exchange& exchange, const Outcome& outcome, const Target& target);

/// A text without the target's credentials in it.
std::string blotted(std::string text, const Target& target);

/// The last lines that a spawned target has written, as they may be shown.
std::string shown_output(Target& target);

}  // namespace conformance
