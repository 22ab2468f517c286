// cache-mutant: lists and serves variants of cache-server that break one behaviour each.

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "mutant.h"

namespace {

constexpr const char* kUsage =
    "usage: cache-mutant NAME [OPTION…]   serves this mutant; the options are cache-server's\n"
    "       cache-mutant --list           name, behaviour, specs and what is wrong, with tabs between\n";

void list(const std::vector<cache_server::Mutant>& mutants) {
  for (const auto& mutant : mutants) {
    for (const auto field : {mutant.name, mutant.behaviour, mutant.specs}) {
      std::printf("%.*s\t", static_cast<int>(field.size()), field.data());
    }
    std::printf("%.*s\n", static_cast<int>(mutant.what.size()), mutant.what.data());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto mutants = cache_server::all_mutants();
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    list(mutants);
    return 0;
  }
  const auto mutant = std::find_if(mutants.begin(), mutants.end(), [&](const auto& one) {
    return argc > 1 && one.name == argv[1];
  });
  if (mutant == mutants.end()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  return cache_server::run_program(argc - 1, argv + 1, mutant->variant());
}
