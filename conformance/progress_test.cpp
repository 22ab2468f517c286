#include "progress.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <sstream>
#include <thread>

using namespace conformance;

TEST_CASE("A line of progress names the case, and failures if there are some") {
  CHECK(progress_line({123, 710, 0}, "store-refuses-empty-key", 80) == "123/710  store-refuses-empty-key");
  CHECK(progress_line({123, 710, 3}, "store-refuses-empty-key", 80) ==
        "123/710  3 failed  store-refuses-empty-key");
}

TEST_CASE("A line of progress is cut to the terminal's width") {
  CHECK(progress_line({123, 710, 3}, "store-refuses-empty-key", 24) == "123/710  3 failed  store");
  CHECK(progress_line({123, 710, 3}, "store", 0).empty());
}

TEST_CASE("A line that was hidden leaves nothing, and none is drawn that nobody shows") {
  std::ostringstream out;
  {
    Progress progress(out);
    progress.hide();
  }
  CHECK(out.str().empty());
  Progress progress(out);
  while (out.str().empty()) {
    progress.show({1, 2, 0}, "a");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    progress.hide();
  }
  CHECK(out.str() == "\r\x1b[K1/2  a\r\r\x1b[K");
}
