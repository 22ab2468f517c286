/// What a step has sent and got back, as it is shown to people.
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

/// An exchange with its step named and its request shown, passwords blotted
/// out and long bodies cut.
Exchange start_exchange(const Step& step, const std::string& request, const Target& target);

/// Adds an answer, or why there is none, passwords blotted out.
void show_outcome(Exchange& exchange, const Outcome& outcome, const Target& target);

/// The step in one line: a call with its parameters, a request's method and path.
std::string describe(const Step& step);

/// Bytes for the eye: nothing in them can steer a terminal, and what is not
/// UTF-8 is replaced. `bytes` are the start of `all`; they are cut behind
/// `most`, and a last line says how many there are.
std::string readable(const std::string& bytes, std::size_t most, std::size_t all);
/// The same of all of them, uncut.
std::string readable(const std::string& bytes);

/// A text that came from the target, without its password.
std::string blotted(std::string text, const Target& target);

/// The last lines that a spawned target has written, as they may be shown.
std::string shown_output(Target& target);

}  // namespace conformance
