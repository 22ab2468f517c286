/// One case of a suite's JSON, checked key by key against the format.
#pragma once

#include <map>

#include "case.h"

namespace conformance {

/// `node` is an item of a suite's `cases`. Throws InputError for anything
/// that fixtures/README.md does not allow.
Case read_case(const Node& node, const std::map<std::string, Behaviour>& behaviours);

/// What the keys `value`, `fault`, `http`, `closed` and `oneOf` of `node` spell
/// out, beside other keys. Throws InputError, also if there are none of them.
Expectation read_expectation(const Node& node);

/// One entry of behaviours.json.
Behaviour read_behaviour(const Node& node);

/// Refuses a file whose `format` is not the one that is read here.
void check_format(const Node& root);

/// An `id`: `a-z`, `0-9` and `-`, at most 60 characters.
const std::string& read_id(const Node& node);

/// A `namespace`: letters, digits, `_` and `-`, at most 60 characters.
const std::string& read_namespace(const Node& node);

/// A sentence: not empty, one line.
const std::string& read_sentence(const Node& node);

}  // namespace conformance
