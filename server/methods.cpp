#include "methods.h"

#include "fault.h"

namespace cache_server {

// Specs compare as text: kSpecs is in that order.
static_assert(kSpecs[0] < kSpecs[1]);

const Method* find_method(std::span<const Method> methods, std::string_view spec,
                          std::string_view name) {
  const Method* newest = nullptr;
  for (const Method& method : methods) {
    if (method.name == name && method.since <= spec &&
        (newest == nullptr || newest->since < method.since)) {
      newest = &method;
    }
  }
  return newest;
}

Value call_method(std::span<const Method> methods, std::string_view spec,
                  std::string_view name, const Params& params) {
  const Method* method = find_method(methods, spec, name);
  if (method == nullptr) throw Fault(FaultCode::UNKNOWN_METHOD);
  if (params.size() != arity(method->signature)) {
    throw Fault(FaultCode::INCORRECT_PARAMETERS);
  }
  if (method->guard) method->guard();
  return method->handler(params);
}

}  // namespace cache_server
