#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "program.h"

/// The few verbs that mutants are made of.
namespace cache_server {

/// What a method did before it was edited.
using Handler = std::function<Value(const Params&)>;

/// A variant in which `handler` answers a method, in all its rows; it gets the one that
/// did so before.
Variant with_method(std::string_view name,
                    std::function<Value(Service&, const Params&, const Handler& original)> handler);

/// A variant in which calls are edited before they are read.
Variant with_call(std::function<std::string(std::string body)> edit);

/// A variant in which the body of each answer of status 200 is edited before it is framed.
Variant with_response(std::function<std::string(std::string body)> edit);

/// A variant in which the bytes of each answer are edited before they are sent.
Variant with_bytes(std::function<std::string(std::string bytes)> edit);

/// The edits of both, one's first. Only one of them may answer, or make a responder.
Variant both(Variant one, Variant other);

/// `text` with each `part` in it replaced.
std::string replaced(std::string text, std::string_view part, std::string_view by);

}  // namespace cache_server
