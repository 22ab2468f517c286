#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace cache_server::fuzz {

/// Ends the program, as a fuzzer's finding, unless `holds`. `sentence` says what has to
/// hold, `seen` is what broke it.
inline void require(bool holds, const char* sentence, std::string_view seen = "") {
  if (holds) return;
  std::fprintf(stderr, "BROKEN: %s\n%.*s\n", sentence, static_cast<int>(seen.size()),
               seen.data());
  std::abort();
}

}  // namespace cache_server::fuzz
