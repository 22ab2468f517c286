/// Cases that test runners rather than targets: fixtures/README.md,
/// "matching/".
#pragma once

#include <string>
#include <vector>

#include "case.h"
#include "notation.h"

namespace conformance {

/// An expectation, an answer, and whether the one holds for the other.
struct Judgement {
  Place place;
  std::string id;
  Expectation expected;
  bool setup = false;   ///< in place of an expectation: any value will do
  std::string answer;   ///< what the target sends to a POST, as bytes; perhaps none
  bool closes = false;  ///< whether it closes the connection then, or is silent
  bool holds = false;
};

/// What `$key` and its like stand for in a judgement.
Names names_of(const Judgement& judgement);

/// All of the files in `folder`, in the order of their names; none if there is
/// no such folder. Throws InputError for anything that fixtures/README.md does
/// not allow.
std::vector<Judgement> read_judgements(const std::string& folder);

}  // namespace conformance
