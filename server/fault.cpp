#include "fault.h"

namespace cache_server {
namespace {

std::string fault_string(FaultCode code, std::string_view detail) {
  std::string text;
  switch (code) {
    case FaultCode::UNKNOWN_METHOD: text = "UNKNOWN_METHOD"; break;
    case FaultCode::INCORRECT_PARAMETERS: text = "INCORRECT_PARAMETERS"; break;
    case FaultCode::SIGNATURE_UNSUPPORTED: text = "SIGNATURE_UNSUPPORTED"; break;
    case FaultCode::SHUTDOWN_STATE: text = "SHUTDOWN_STATE"; break;
    case FaultCode::BAD_NAME: text = "BAD_NAME"; break;
    case FaultCode::FAILED: text = "FAILED"; break;
  }
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

}  // namespace

Fault::Fault(FaultCode code, std::string_view detail)
    : std::runtime_error(fault_string(code, detail)), code_(code) {}

Struct fault_struct(const Fault& fault) {
  return {{"faultCode", static_cast<int>(fault.code())},
          {"faultString", std::string(fault.what())}};
}

}  // namespace cache_server
