#include "fault.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cache_server;

TEST_CASE("a fault's text is its name, and its detail if it has one") {
  CHECK(std::string(Fault(FaultCode::UNKNOWN_METHOD).what()) == "UNKNOWN_METHOD");
  CHECK(std::string(Fault(FaultCode::INCORRECT_PARAMETERS).what()) ==
        "INCORRECT_PARAMETERS");
  CHECK(std::string(Fault(FaultCode::BAD_NAME, "x").what()) == "BAD_NAME: x");
  CHECK(std::string(Fault(FaultCode::SIGNATURE_UNSUPPORTED).what()) ==
        "SIGNATURE_UNSUPPORTED");
  CHECK(std::string(Fault(FaultCode::SHUTDOWN_STATE).what()) == "SHUTDOWN_STATE");
  CHECK(std::string(Fault(FaultCode::FAILED, "x").what()) == "FAILED: x");
}

TEST_CASE("a fault as a struct") {
  CHECK(fault_struct(Fault(FaultCode::BAD_NAME, "x")) ==
        Struct{{"faultCode", 10}, {"faultString", "BAD_NAME: x"}});
}
