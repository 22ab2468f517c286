#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "methods.h"

namespace cache_server {

/// What the methods about methods work on: those that are bound, themselves included.
/// Nothing is listed here a second time.
struct System {
  const std::vector<Method>& methods;
  std::string_view spec;  ///< one of kSpecs

  /// How much the results of one system.multicall may take together, as size_in_bytes
  /// tells it and beyond kBytesPerValue each. Without a bound a request of a megabyte
  /// could ask ten thousand times for the largest value that is stored, and all of that
  /// would be one answer.
  ///
  /// The result that would go beyond it is left out for a fault FAILED, and the calls
  /// after it are not made but refused with the same. `true`, the result of whatever
  /// changes something, counts for nothing: a call that was made and has changed
  /// something is never answered with a fault. A multicall of so many entries that their
  /// faults alone could go beyond it is refused as a whole.
  std::size_t max_results;
};

/// system.listMethods, methodHelp, methodSignature and multicall, for bind_rows.
///
/// A multicall answers with bare values, and where a call is refused with a struct of
/// faultCode and faultString. What is not well-formed in it is answered as recorded from
/// supervisord 4.2.5; only what cannot be answered at all (an entry that is no struct) is
/// an std::runtime_error, after the calls before it have taken effect.
std::span<const Row<System>> system_rows();

}  // namespace cache_server
