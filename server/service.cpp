#include "service.h"

#include <algorithm>
#include <exception>

#include "call_text.h"
#include "fault.h"
#include "malformed_call.h"
#include "response_writer.h"

namespace cache_server {
namespace {

/// What the results of one system.multicall may take, if --max-data allows more.
constexpr std::size_t kMaxResults = std::size_t{256} << 20;

Reply error(int status, const std::string& reason) {
  return {status, "text/plain; charset=utf-8", reason + "\n"};
}

}  // namespace

Service::Service(std::string_view spec, const ServiceLimits& limits)
    : spec_(spec),
      max_depth_(limits.max_depth),
      cache_(limits.max_data),
      system_{methods_, spec_, std::min(limits.max_data, kMaxResults)} {
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

Reply Service::answer(std::string_view body) {
  Call call;
  Reply reply;
  std::string outcome;
  try {
    call = read_call(body, max_depth_);
    const Value result = call_method(methods_, spec_, call.method, call.params);
    reply.body = write_response(result);
    if (summarizes_) outcome = text_of(result);
  } catch (const Fault& fault) {
    reply.body = write_fault(fault);
    outcome = "fault " + std::to_string(static_cast<int>(fault.code())) + " " + fault.what();
  } catch (const MalformedCall& malformed) {
    outcome = "line " + std::to_string(malformed.line()) + ": " + malformed.what();
    reply = error(400, "Bad Request: " + outcome);
  } catch (const std::exception& unexpected) {  // unmarshallable, too
    outcome = unexpected.what();
    reply = error(500, "Internal Server Error: " + outcome);
  }
  if (summarizes_) {
    reply.summary = (call.method.empty() ? "(no call)" : text_of(call)) + " -> " + outcome;
  }
  return reply;
}

}  // namespace cache_server
