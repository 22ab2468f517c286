#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "responder.h"
#include "service.h"

namespace cache_server {

/// What a variant of the server does otherwise. Empty functions change nothing.
///
/// This is the seam for server/mutants/, which break one behaviour each. The shipped
/// program has no variant.
struct Variant {
  /// Edits each Service before its first call; there is a new one after supervisor.restart.
  std::function<void(Service&)> edit = {};
  /// Answers a call in place of Service::answer.
  std::function<Reply(Service&, std::string_view body)> answer = {};
  /// Makes what answers requests in place of a Responder; its parameters are Responder's.
  std::function<std::unique_ptr<Responder>(Responder::Handler, const Credentials&, bool any_path)>
      make_responder = {};
};

/// cache-server as a program: options, listener, signals. Returns the exit status: 0 once
/// it was told to end, 2 after a sentence on stderr if it cannot serve.
int run_program(int argc, char** argv, const Variant& variant = {});

}  // namespace cache_server
