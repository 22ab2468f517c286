#pragma once

#include <string_view>
#include <vector>

#include "program.h"

namespace cache_server {

/// A variant of the server that breaks one documented behaviour, as somebody who writes a
/// cache of his own would break it.
struct Mutant {
  std::string_view name;       ///< lower case, digits and dashes
  std::string_view behaviour;  ///< the id in fixtures/behaviours.json of what it breaks
  std::string_view specs;      ///< in which it breaks it: `1.0`, `1.1`, or `1.0 1.1`
  std::string_view what;       ///< what it does wrong, in a few words
  Variant (*variant)();        ///< made once for a run of the program
};

/// All of them. One list a file of this folder:
std::vector<Mutant> all_mutants();

std::vector<Mutant> key_mutants();      ///< what is taken for a key
std::vector<Mutant> value_mutants();    ///< what becomes of a value
std::vector<Mutant> string_mutants();   ///< what becomes of one that is a string, or is to be
std::vector<Mutant> store_mutants();    ///< what is kept, and for how long
std::vector<Mutant> fetch_mutants();    ///< what is found
std::vector<Mutant> removal_mutants();  ///< delete and clear
std::vector<Mutant> lifecycle_mutants();  ///< one cache for all connections, gone at the end
std::vector<Mutant> listing_mutants();  ///< getKeys, getCount, getAPIVersion
std::vector<Mutant> order_mutants();    ///< in which order getKeys lists
std::vector<Mutant> fault_mutants();    ///< what is refused, and how
std::vector<Mutant> call_mutants();     ///< names, numbers of parameters, how faults look
std::vector<Mutant> system_mutants();   ///< introspection, namespaces, shutting down
std::vector<Mutant> batch_mutants();    ///< system.multicall
std::vector<Mutant> xml_mutants();      ///< how calls are read and answers written
std::vector<Mutant> http_mutants();     ///< connections, heads, credentials
std::vector<Mutant> stranger_mutants();  ///< by somebody who has read the documents alone
std::vector<Mutant> stranger_wire_mutants();  ///< the rest of them; stranger_mutants() has all

}  // namespace cache_server
