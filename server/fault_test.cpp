#include "fault.h"

#include <catch2/catch_test_macros.hpp>

using namespace cache_server;

TEST_CASE("a fault's text is its name, and its detail if it has one") {
  CHECK(std::string(Fault(FaultCode::UNKNOWN_METHOD).what()) == "UNKNOWN_METHOD");
  CHECK(std::string(Fault(FaultCode::INCORRECT_PARAMETERS).what()) ==
        "INCORRECT_PARAMETERS");
  CHECK(std::string(Fault(FaultCode::BAD_NAME, "x").what()) == "BAD_NAME: x");
}
