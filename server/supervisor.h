#pragma once

#include <span>

#include "methods.h"

namespace cache_server {

/// Supervisor's own codes (its documentation, XML-RPC API, supervisor.getState). It has a
/// FATAL, too, which nothing here leads to.
enum class SupervisorState {
  SHUTDOWN = -1,
  RESTARTING = 0,
  RUNNING = 1,
};

/// What stands in for the supervisord around the cache: one that supervises no process.
///
/// shutdown and restart only set the state. To end, or to start again, is for whoever
/// runs the service: it looks at the state after each answer.
struct Supervisor {
  SupervisorState state = SupervisorState::RUNNING;
};

/// The methods that need no processes and no log, for bind_rows. They follow
/// supervisord 4.2.5, whose version they tell.
std::span<const Row<Supervisor>> supervisor_rows();

}  // namespace cache_server
