#include "access_log.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace cache_server;

TEST_CASE("a log line tells when, who, what and how long") {
  using namespace std::chrono;
  const Access access{.peer = "127.0.0.1:40312",
                      .request = "cache.clear() -> true",
                      .status = 200,
                      .duration = microseconds(52)};
  const auto time = system_clock::time_point(seconds(1'000'000'000) + milliseconds(42));
  // The hour depends on where this runs.
  CHECK_THAT(log_line(access, time),
             Catch::Matchers::Matches(R"(\d\d:\d\d:40\.042 127\.0\.0\.1:40312 200 0\.05 ms )"
                                      R"(cache\.clear\(\) -> true)"));
}
