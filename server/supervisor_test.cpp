#include "supervisor.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cache_server;

namespace {

struct Fixture {
  Supervisor supervisor;
  std::vector<Method> methods;

  Fixture() { bind_rows(supervisor_rows(), supervisor, methods); }

  Value call(const std::string& name) {
    return call_method(methods, "1.0", "supervisor." + name, {});
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a supervisor tells what supervisord 4.2.5 tells") {
  CHECK(call("getAPIVersion") == Value("3.0"));
  CHECK(call("getVersion") == Value("3.0"));
  CHECK(call("getSupervisorVersion") == Value("4.2.5"));
  CHECK(call("getIdentification") == Value("supervisor"));
  CHECK(call("getPID") == Value(::getpid()));
  CHECK(call("getState") == Value(Struct{{"statecode", 1}, {"statename", "RUNNING"}}));
}

TEST_CASE_METHOD(Fixture, "a supervisor has no processes") {
  CHECK(call("getAllProcessInfo") == Value(Array()));
  CHECK(call("getAllConfigInfo") == Value(Array()));
}

TEST_CASE_METHOD(Fixture, "shutdown and restart answer true, and set the state") {
  CHECK(call("restart") == Value(true));
  CHECK(supervisor.state == SupervisorState::RESTARTING);
  CHECK(call("getState") == Value(Struct{{"statecode", 0}, {"statename", "RESTARTING"}}));
  CHECK(call("shutdown") == Value(true));
  CHECK(supervisor.state == SupervisorState::SHUTDOWN);
  CHECK(call("getState") == Value(Struct{{"statecode", -1}, {"statename", "SHUTDOWN"}}));
}
