/// What a step sends, and how it is shown to people.
#pragma once

#include "judge.h"
#include "run_case.h"
#include "shell_line.h"

namespace conformance {

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

/// Adds an answer, or why there is none.
void show_outcome(Exchange& exchange, const Outcome& outcome);

/// Sleeps, but not on after a signal.
void wait_for_interrupt(std::chrono::milliseconds most);

}  // namespace conformance
