/// A command that runs in a process group of its own and never outlives us.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "output_tail.h"

namespace conformance {

/// The command is started by the constructor, with `/bin/sh -c`, and its
/// whole group is ended by the destructor. A watchdog ends it even if this
/// process is killed. The end of what it writes to stdout and stderr is kept.
class Process {
 public:
  /// Throws std::system_error if it cannot be started at all.
  explicit Process(const std::string& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Once the command has ended: `exited with status 1`, `was killed by
  /// signal 11 (Segmentation fault)`. Nothing while it runs.
  std::optional<std::string> ended();

  /// SIGTERM to the group, five seconds, SIGKILL. Returns when all of it is
  /// gone, a second after SIGKILL at the latest; does nothing if it already is.
  void end();

  /// The last lines that it wrote: see OutputTail.
  std::string last_output() { return output_.last(); }

 private:
  pid_t leader_ = -1;  ///< also the id of the process group
  pid_t watchdog_ = -1;
  int watchdog_pipe_ = -1;  ///< closed by our death, whatever its cause
  OutputTail output_;
  std::optional<std::string> ended_;
};

}  // namespace conformance
