#include "system.h"

#include <array>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "fault.h"

namespace cache_server {
namespace {

constexpr std::string_view kMulticall = "system.multicall";

Value list_methods(System& system, const Params&) {
  std::set<std::string_view> names;
  for (const Method& method : system.methods) {
    if (method.since <= system.spec) names.insert(method.name);
  }
  Array list;
  for (const std::string_view name : names) list.emplace_back(std::string(name));
  return list;
}

/// The method that the one parameter names.
const Method& named_method(const System& system, const Params& params) {
  const auto* name = std::get_if<std::string>(&params[0]);
  const Method* method =
      name == nullptr ? nullptr : find_method(system.methods, system.spec, *name);
  if (method == nullptr) throw Fault(FaultCode::SIGNATURE_UNSUPPORTED);
  return *method;
}

Value method_help(System& system, const Params& params) {
  return std::string(named_method(system, params).help);
}

Value method_signature(System& system, const Params& params) {
  std::string_view signature = named_method(system, params).signature;
  Array words;
  for (;;) {
    const auto end = signature.find(' ');
    words.emplace_back(std::string(signature.substr(0, end)));
    if (end == std::string_view::npos) return words;
    signature.remove_prefix(end + 1);
  }
}

/// The member's value, null if there is no such member.
const Value* member_of(const Struct& members, std::string_view name) {
  for (const Member& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

/// Parameters that are not in an array, as a supervisord takes them: of a string each
/// character is one, of a struct each name. Stops at the first that is one too many for
/// `count`, since a text can be long.
Params spread(const Value& value, std::size_t count) {
  Params params;
  if (const auto* text = std::get_if<std::string>(&value)) {
    for (std::size_t at = 0; at < text->size() && params.size() <= count;) {
      std::size_t end = at + 1;
      while (end < text->size() && ((*text)[end] & 0xC0) == 0x80) ++end;
      params.emplace_back(text->substr(at, end - at));
      at = end;
    }
  } else if (const auto* members = std::get_if<Struct>(&value)) {
    for (const Member& member : *members) params.emplace_back(member.name);
  } else {
    throw Fault(FaultCode::INCORRECT_PARAMETERS);
  }
  return params;
}

/// Makes the one call that an entry of a multicall describes.
Value call_entry(const System& system, const Struct& entry) {
  const Value* name_value = member_of(entry, "methodName");
  if (name_value == nullptr || std::holds_alternative<Nil>(*name_value)) {
    throw Fault(FaultCode::INCORRECT_PARAMETERS, "No methodName");
  }
  const auto* name = std::get_if<std::string>(name_value);
  if (name == nullptr) throw Fault(FaultCode::FAILED, "methodName is not a string");
  if (*name == kMulticall) {
    throw Fault(FaultCode::INCORRECT_PARAMETERS, "Recursive system.multicall forbidden");
  }
  const auto call = [&](const Params& params) {
    return call_method(system.methods, system.spec, *name, params);
  };
  const Value* params = member_of(entry, "params");
  if (params == nullptr) return call({});
  if (const auto* array = std::get_if<Array>(params)) return call(*array);
  const Method* method = find_method(system.methods, system.spec, *name);
  if (method == nullptr) throw Fault(FaultCode::UNKNOWN_METHOD);
  return call(spread(*params, arity(method->signature)));
}

/// The entries of a multicall. An empty string does for an empty array.
const Array& entries_of(const Value& calls) {
  static const Array kNone;
  if (const auto* array = std::get_if<Array>(&calls)) return *array;
  const auto* text = std::get_if<std::string>(&calls);
  if (text == nullptr) throw Fault(FaultCode::INCORRECT_PARAMETERS);
  if (!text->empty()) throw std::runtime_error("system.multicall got a string");
  return kNone;
}

Value multicall(System& system, const Params& params) {
  const Fault too_much(FaultCode::FAILED,
                       "The results of one system.multicall may take no more than the " +
                           std::to_string(system.max_results) +
                           " bytes (--max-data)");
  const Array& entries = entries_of(params[0]);
  if (entries.size() > system.max_results / size_in_bytes(fault_struct(too_much))) {
    throw too_much;  // even if each were nothing but a fault
  }
  Array results;
  std::size_t left = system.max_results;
  bool full = false;
  for (const Value& value : entries) {
    const auto* entry = std::get_if<Struct>(&value);
    if (entry == nullptr) {
      throw std::runtime_error("an entry of system.multicall is not a struct");
    }
    try {
      if (full) throw too_much;
      Value result = call_entry(system, *entry);
      const std::size_t size = size_in_bytes(result) - kBytesPerValue;
      full = size > left;
      if (full) throw too_much;
      left -= size;
      results.push_back(std::move(result));
    } catch (const Fault& fault) {
      results.emplace_back(fault_struct(fault));
    } catch (const std::exception& unexpected) {
      results.emplace_back(fault_struct(Fault(FaultCode::FAILED, unexpected.what())));
    }
  }
  return results;
}

constexpr std::array kRows = {
    Row<System>{"system.listMethods", "1.0", "array",
                "Lists the methods that are served.\n\n"
                "Result: an array of their names, sorted.",
                list_methods},
    Row<System>{"system.methodHelp", "1.0", "string string",
                "Explains a method.\n\n"
                "name: the method's name. An unknown one is the fault "
                "SIGNATURE_UNSUPPORTED.\n"
                "Result: its documentation as a string.",
                method_help},
    Row<System>{"system.methodSignature", "1.0", "array string",
                "Tells the types of a method.\n\n"
                "name: the method's name. An unknown one is the fault "
                "SIGNATURE_UNSUPPORTED.\n"
                "Result: an array of type words, of the result and then of each "
                "parameter.",
                method_signature},
    Row<System>{kMulticall, "1.0", "array array",
                "Makes several calls in order.\n\n"
                "calls: an array of structs: methodName, and params, an array. None may "
                "call system.multicall.\n"
                "Result: an array of the results. In place of one that is refused is a "
                "struct of faultCode and faultString.",
                multicall},
};
static_assert(rows_are_sound(kRows));

}  // namespace

std::span<const Row<System>> system_rows() { return kRows; }

}  // namespace cache_server
