#include "edit.h"
#include "mutant.h"

namespace cache_server {

std::vector<Mutant> system_mutants() { return {}; }

}  // namespace cache_server
