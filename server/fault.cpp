#include "fault.h"

namespace cache_server {
namespace {

std::string fault_string(FaultCode code, std::string_view detail) {
  std::string text;
  switch (code) {
    case FaultCode::UNKNOWN_METHOD: text = "UNKNOWN_METHOD"; break;
    case FaultCode::INCORRECT_PARAMETERS: text = "INCORRECT_PARAMETERS"; break;
    case FaultCode::BAD_NAME: text = "BAD_NAME"; break;
  }
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

}  // namespace

Fault::Fault(FaultCode code, std::string_view detail)
    : std::runtime_error(fault_string(code, detail)), code_(code) {}

}  // namespace cache_server
