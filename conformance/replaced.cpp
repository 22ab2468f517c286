#include "replaced.h"

namespace conformance {

std::string replaced(const std::string& text, const std::string& part, const std::string& by) {
  std::string changed;
  std::size_t at = 0;
  for (std::size_t next; (next = text.find(part, at)) != std::string::npos; at = next + part.size())
    changed.append(text, at, next - at).append(by);
  return changed.append(text, at);
}

}  // namespace conformance
