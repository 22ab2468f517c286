#include "mutant.h"

namespace cache_server {

std::vector<Mutant> all_mutants() {
  std::vector<Mutant> all;
  for (const auto& list : {key_mutants(), value_mutants(), string_mutants(), store_mutants(),
                           fetch_mutants(), removal_mutants(), lifecycle_mutants(),
                           listing_mutants(), order_mutants(), fault_mutants(),
                           call_mutants(), system_mutants(), batch_mutants(), xml_mutants(),
                           http_mutants(), stranger_mutants()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

}  // namespace cache_server
