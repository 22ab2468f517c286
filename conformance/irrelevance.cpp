#include "irrelevance.h"

#include <algorithm>

namespace conformance {

const std::vector<Irrelevance>& irrelevances() {
  static const std::vector<Irrelevance> all = {
      {"struct", {"members: another order", "members: doubled"},
       "the order of members is nobody's, and of a doubled name the last member counts",
       "may-struct-turned-and-doubled"},
      {"struct, a member hidden by another", {"*"},
       "of a doubled name the last member counts", "may-struct-turned-and-doubled"},
      {"$$own", {"items: another order", "items: added, a string"},
       "keys of others may be there, in any order", "may-own-turned"},
      {"$$own of none", {"items: none left"},
       "keys of others may be there, and need not", "may-own-none-of-many"},
      {"$$ownInOrder", {"items: added, a string"},
       "keys of others may be there", "may-own-in-order-more"},
      {"$$own, a key of others", {"text: *", "value: *", "item: *"},
       "keys of others come and go", "may-own-others-change"},
      {"$$includes", {"items: another order", "items: added, *"},
       "the list may hold more, in any order", "may-includes-more"},
      {"$$includes, an item that is asked for", {"item: doubled"},
       "it is still there", "may-includes-twice"},
      {"$$includes, another item", {"*"},
       "only what is asked for is looked at", "may-includes-more"},
      {"$$excludes", {"items: another order", "items: none left", "items: an array around it"},
       "only what must not be there is looked for", "may-excludes-nothing-there"},
      {"$$excludes", {"items: added, *"},
       "only what must not be there is looked for", "may-excludes-anything-else", true},
      {"$$excludes, an item", {"*"},
       "only what must not be there is looked for", "may-excludes-anything-else"},
      {"$$has", {"members: another order", "members: doubled", "members: added"},
       "the struct may hold more, in any order", "may-has-turned-and-doubled"},
      {"$$has, another member", {"*"},
       "only what is named is looked at", "may-has-turned-and-doubled"},
      {"$$type", {"number: *", "boolean: *", "text: *", "items: *", "members: *", "value: *"},
       "any value of the type will do", "may-type-filled"},
      {"$$type, inside", {"*"},
       "any value of the type will do", "may-type-filled"},
      {"$$matches", {"text: *", "value: *"},
       "any text that the expression matches will do", "may-match-otherwise", true},
      {"$$oneOf", {"another alternative"},
       "it is what else may come", "may-be-the-second"},
      {"items judged alike", {"items: another order"},
       "they may change places", "may-change-places"},
      {"$$batch", {"items: an array around it", "items: out of its array"},
       "a single result may come in an array", "may-batch-of-one-boxed"},
      {"$$batch, a result", {"type: an array around it", "items: an array around it"},
       "a result may come in an array", "may-batch-mixed"},
      {"$$batch, the only item of a result",
       {"type: an array around it", "items: an array around it", "type: out of its array",
        "items: out of its array"},
       "that is the result in an array, or out of it", "may-batch-list-boxed"},
      {"$$batch, a result in an array", {"type: out of its array", "items: out of its array"},
       "and need not", "may-batch-mixed"},
      {"$$fault, what is not named", {"number: *", "text: *", "value: *"},
       "any fault, or any with this code or text", "may-fault-inside-differ"},
      {"fault, what is not named", {"number: *", "text: *", "value: *"},
       "any fault, or any with this code or text", "may-fault-text-differ"},
      {"fault, others not named", {"*"},
       "which members a fault has beside the two is asked for by `others` only",
       "may-fault-hold-more"},
      {"setup", {"*"},
       "any value will do", "may-set-up-anything"},
      {"oneOf", {"another alternative"},
       "it is what else may come", "may-be-the-second-expectation"},
      {"http, a header not named", {"header: *"},
       "only what is named is looked at", "may-headers-be-more"},
      {"http, a header's name", {"header: names in capitals"},
       "names are in any case", "may-headers-be-more"},
      {"http alone", {"body: *"},
       "the body is not looked at", "may-body-be-anything"},
      {"http without a status", {"number: *", "value: *"},
       "only what is named is looked at", "may-status-be-any"},
      {"no closed", {"connection: *"},
       "the connection may stay or be closed", "may-be-closed"},
  };
  return all;
}

bool is_any_of(std::string_view change, const std::vector<std::string_view>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    return pattern.ends_with('*') ? change.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : change == pattern;
  });
}

const Irrelevance* irrelevance_of(const std::vector<std::string_view>& grounds,
                                  std::string_view change) {
  for (const Irrelevance& entry : irrelevances())
    if (std::find(grounds.begin(), grounds.end(), entry.ground) != grounds.end() &&
        is_any_of(change, entry.changes))
      return &entry;
  return nullptr;
}

}  // namespace conformance
