#include "process.h"

#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <thread>

using namespace conformance;

namespace {

using namespace std::chrono_literals;

/// Waits for it, ten seconds at most.
template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

std::string how_it_ended(const std::string& command) {
  Process process(command);
  CHECK(comes_true([&] { return process.ended().has_value(); }));
  return process.ended().value_or("");
}

bool is_alive(pid_t pid) { return kill(pid, 0) == 0; }

}  // namespace

TEST_CASE("How a command ended is told") {
  CHECK(how_it_ended("exit 3") == "exited with status 3");
  CHECK(how_it_ended("kill -SEGV $$") == "was killed by signal 11 (Segmentation fault)");
  CHECK(how_it_ended("sh -c 'kill -SEGV $$'; exit $?") ==
        "exited with status 139, as a shell says of signal 11 (Segmentation fault)");
}

TEST_CASE("Its last lines are kept") {
  Process process("echo first; seq 2000; echo last >&2");
  CHECK(comes_true([&] { return process.ended().has_value(); }));
  CHECK(process.last_output().ends_with("1999\n2000\nlast"));
  CHECK(process.last_output().size() <= 2000);
}

TEST_CASE("The whole group is ended, also what has lost its parent") {
  pid_t orphan = 0;
  {
    Process process("sleep 100 & echo $!; exec sleep 100");
    REQUIRE(comes_true([&] { return !process.last_output().empty(); }));
    orphan = std::stoi(process.last_output());
    CHECK(is_alive(orphan));
    process.end();
    CHECK(process.ended() == "was killed by signal 15 (Terminated)");
  }
  CHECK_FALSE(is_alive(orphan));

  Process process("sleep 100 & echo $!");
  REQUIRE(comes_true([&] { return process.ended().has_value(); }));
  orphan = std::stoi(process.last_output());
  CHECK(is_alive(orphan));
  process.end();
  CHECK_FALSE(is_alive(orphan));
}
