#include "nearest_ids.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

TEST_CASE("The ids that take the fewest edits are named, the nearest first") {
  std::vector<Case> cases(5);
  const char* ids[] = {"store-int", "fetch", "store-in", "other-thing", "stores-int-too"};
  for (std::size_t i = 0; i < cases.size(); ++i) cases[i].id = ids[i];
  CHECK(nearest_ids(cases, "store-ins") == "store-int, store-in, stores-int-too");
  CHECK(nearest_ids(cases, "fetsh").starts_with("fetch, "));
  cases.resize(1);
  CHECK(nearest_ids(cases, "x") == "store-int");
  CHECK(nearest_ids({}, "x") == "");
}
