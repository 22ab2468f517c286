/// The rules that keep other people's data safe: fixtures/README.md, "Needs,
/// and the data of others". They are checked when a file is read, so a case
/// that could touch what is not its own never runs.
#pragma once

#include "case.h"
#include "notation.h"

namespace conformance {

/// Throws InputError if the step needs something that `in` does not name.
void check_isolation(const Node& node, const Case& in, const Step& step);

/// The keys that a case may leave behind, expanded: what its calls of
/// cache.store, cache.fetch and cache.delete name (a target may create a key
/// where it should not), those in a multicall and the `{key:…}` of raw
/// requests included. They are what is deleted afterwards.
std::vector<Json> keys_named(const Case& of, const Names& names);

}  // namespace conformance
