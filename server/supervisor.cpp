#include "supervisor.h"

#include <unistd.h>

#include <array>

namespace cache_server {
namespace {

const char* name_of(SupervisorState state) {
  switch (state) {
    case SupervisorState::SHUTDOWN: return "SHUTDOWN";
    case SupervisorState::RESTARTING: return "RESTARTING";
    case SupervisorState::RUNNING: return "RUNNING";
  }
  return "";
}

Value api_version(Supervisor&, const Params&) { return "3.0"; }

Value none(Supervisor&, const Params&) { return Array(); }

Value identification(Supervisor&, const Params&) { return "supervisor"; }

Value process_id(Supervisor&, const Params&) { return std::int64_t{::getpid()}; }

Value state_struct(Supervisor& supervisor, const Params&) {
  return Struct{{"statecode", static_cast<int>(supervisor.state)},
                {"statename", name_of(supervisor.state)}};
}

Value supervisor_version(Supervisor&, const Params&) { return "4.2.5"; }

Value restart(Supervisor& supervisor, const Params&) {
  supervisor.state = SupervisorState::RESTARTING;
  return true;
}

Value shutdown(Supervisor& supervisor, const Params&) {
  supervisor.state = SupervisorState::SHUTDOWN;
  return true;
}

constexpr std::array kRows = {
    Row<Supervisor>{"supervisor.getAPIVersion", "1.0", "string",
                    "Tells which version of Supervisor's API is served.\n\n"
                    "Result: the version as a string.",
                    api_version},
    Row<Supervisor>{"supervisor.getAllConfigInfo", "1.0", "array",
                    "Lists the processes that are configured.\n\n"
                    "Result: an array, empty since none can be.",
                    none},
    Row<Supervisor>{"supervisor.getAllProcessInfo", "1.0", "array",
                    "Lists the processes that are supervised.\n\n"
                    "Result: an array, empty since none are.",
                    none},
    Row<Supervisor>{"supervisor.getIdentification", "1.0", "string",
                    "Tells the name by which this server goes.\n\n"
                    "Result: the name as a string.",
                    identification},
    Row<Supervisor>{"supervisor.getPID", "1.0", "int",
                    "Tells the process that serves.\n\n"
                    "Result: its process id.",
                    process_id},
    Row<Supervisor>{"supervisor.getState", "1.0", "struct",
                    "Tells the state of the server.\n\n"
                    "Result: a struct of statecode, a number, and statename, a string.",
                    state_struct},
    Row<Supervisor>{"supervisor.getSupervisorVersion", "1.0", "string",
                    "Tells which version of Supervisor the answers follow.\n\n"
                    "Result: the version as a string.",
                    supervisor_version},
    Row<Supervisor>{"supervisor.getVersion", "1.0", "string",
                    "Tells the same as supervisor.getAPIVersion: its older name.\n\n"
                    "Result: the version as a string.",
                    api_version},
    Row<Supervisor>{"supervisor.restart", "1.0", "boolean",
                    "Ends the server and starts it again, with nothing in the cache.\n\n"
                    "Result: true.",
                    restart},
    Row<Supervisor>{"supervisor.shutdown", "1.0", "boolean",
                    "Ends the server.\n\n"
                    "Result: true.",
                    shutdown},
};
static_assert(rows_are_sound(kRows));

}  // namespace

std::span<const Row<Supervisor>> supervisor_rows() { return kRows; }

}  // namespace cache_server
