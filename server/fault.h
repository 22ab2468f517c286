#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "value.h"

namespace cache_server {

/// Why a call is refused: Supervisor's names and numbers (its documentation, XML-RPC
/// API, and recorded from supervisord 4.2.5).
enum class FaultCode {
  UNKNOWN_METHOD = 1,
  INCORRECT_PARAMETERS = 2,
  SIGNATURE_UNSUPPORTED = 4,
  SHUTDOWN_STATE = 6,
  BAD_NAME = 10,
  FAILED = 30,
};

/// A call that is refused. A method throws it before it has changed anything; the
/// service turns it into an XML-RPC fault, which HTTP carries with status 200.
///
///     throw Fault(FaultCode::BAD_NAME);
///     throw Fault(FaultCode::BAD_NAME, "Cache key must be a non-empty string");
class Fault : public std::runtime_error {
 public:
  /// what() is the faultString: `NAME`, or `NAME: detail` if there is a detail.
  explicit Fault(FaultCode code, std::string_view detail = {});

  FaultCode code() const { return code_; }

 private:
  FaultCode code_;
};

/// What a client reads of a fault: faultCode and faultString, in this order.
Struct fault_struct(const Fault& fault);

}  // namespace cache_server
