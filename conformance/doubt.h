/// Doubts every assertion of a case that has passed: its reply is changed in
/// memory, one small change at a time, and judged again. Each change has to
/// turn the verdict, or what was expected has to declare it irrelevant
/// (ground.h): an assertion that stands whatever comes asserts nothing.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "case.h"
#include "ground.h"
#include "judge.h"

namespace conformance {

/// An expectation of a step, or its being a set-up, and what it held for.
struct Assertion {
  const Step* step;
  std::size_t answer;  ///< which of the step's expectations, from 0
  Outcome outcome;
};

/// A change that did not turn the verdict, and that nothing declares irrelevant.
struct Finding {
  Place place;
  std::string change;
  std::string path;  ///< what was changed: `value[2].name`, `status`
  std::string before, after;  ///< for people, perhaps both empty
};

/// What came of doubting one case, or all.
struct Doubts {
  std::size_t assertions = 0;
  std::size_t changes = 0;
  std::size_t turned = 0;
  std::map<const Irrelevance*, std::size_t> irrelevant;  ///< how many by each entry of the list
  std::vector<Finding> findings;
  std::chrono::duration<double> duration{};

  void add(const Doubts& more);
};

/// Sends nothing. `assertions` are those of `given`, a case that passed.
Doubts doubt(const Case& given, std::vector<Assertion> assertions, const Names& names);

}  // namespace conformance
