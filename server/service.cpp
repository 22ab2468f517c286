#include "service.h"

#include <exception>

#include "call_reader.h"
#include "fault.h"
#include "malformed_call.h"
#include "response_writer.h"

namespace cache_server {
namespace {

Reply error(int status, const std::string& reason) {
  return {status, "text/plain; charset=utf-8", reason + "\n"};
}

}  // namespace

Service::Service(std::string_view spec, const ServiceLimits& limits)
    : spec_(spec), cache_(limits.max_data), system_{methods_, spec_, limits.max_data} {
  bind_rows(cache_rows(), cache_, methods_, [this] {
    if (supervisor_.state == SupervisorState::SHUTDOWN) {
      throw Fault(FaultCode::SHUTDOWN_STATE);
    }
  });
  bind_rows(supervisor_rows(), supervisor_, methods_, [this] {
    if (supervisor_.state != SupervisorState::RUNNING) {
      throw Fault(FaultCode::SHUTDOWN_STATE);
    }
  });
  bind_rows(system_rows(), system_, methods_);
}

Reply Service::answer(std::string_view body) try {
  const Call call = read_call(body);
  return {.body = write_response(call_method(methods_, spec_, call.method, call.params))};
} catch (const Fault& fault) {
  return {.body = write_fault(fault)};
} catch (const MalformedCall& malformed) {
  return error(400, "Bad Request: line " + std::to_string(malformed.line()) + ": " +
                        malformed.what());
} catch (const std::exception& unexpected) {
  // Unmarshallable, too.
  return error(500, std::string("Internal Server Error: ") + unexpected.what());
}

}  // namespace cache_server
