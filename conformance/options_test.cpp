#include "options.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace conformance;

namespace {

using namespace std::chrono_literals;

/// What is wrong with the options; empty if nothing is.
std::string complaint(const Options& options) {
  try {
    options.check();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

std::set<Need> allowed(std::vector<std::string> lists, bool spawned = false) {
  Options options;
  options.allow = std::move(lists);
  return options.allowed(spawned);
}

}  // namespace

TEST_CASE("What is allowed is what was asked for, and more where the target is ours") {
  CHECK(allowed({}).empty());
  CHECK(allowed({}, true) ==
        std::set<Need>{Need::exclusive, Need::restart, Need::heavy, Need::hostile});
  CHECK(allowed({"slow,heavy", "hostile"}) == std::set<Need>{Need::slow, Need::heavy, Need::hostile});
  CHECK(allowed({"all"}).size() == std::size(all_needs));
  Options options;
  for (const char* list : {"fast", "", "slow,", "slow, heavy"}) {
    CAPTURE(list);
    options.allow = {list};
    CHECK_THROWS_AS(options.allowed(false), UsageError);
  }
  options.allow = {"slow,fast"};
  CHECK(complaint(options) ==
        "--allow slow,fast: \"fast\" is no need; known: exclusive, restart, heavy, hostile, slow, all");
}

TEST_CASE("Seconds are a number above nothing") {
  Options options;
  CHECK(options.timeout_value() == 10s);
  CHECK_FALSE(options.deadline_value());
  options.timeout = "0.25";
  options.deadline = "90";
  CHECK(options.timeout_value() == 250ms);
  CHECK(options.deadline_value() == 90s);
  for (const char* text : {"", "0", "-1", "1s", "nan", "inf", " 1", "1e9"}) {
    CAPTURE(text);
    options.timeout = text;
    CHECK(complaint(options) == "--timeout " + std::string(text) + ": expected a number of seconds");
  }
}

TEST_CASE("A run's id is eight hexadecimal digits") {
  Options options;
  options.run_id = "00C0ffee";
  CHECK(options.run().prefix() == "kit-00c0ffee");
  for (const char* id : {"c0ffee", "00c0ffee0", "0xc0ffee", "-0c0ffee", "00c0ffeg"}) {
    CAPTURE(id);
    options.run_id = id;
    CHECK(complaint(options) == "--run-id " + std::string(id) + ": expected eight hexadecimal digits");
  }
}

TEST_CASE("Options that exclude or want each other are named") {
  Options options;
  CHECK(complaint(options) == "");
  options.url = "http://h:1";
  CHECK(complaint(options) == "");
  options.spawn = "x {port}";
  CHECK(complaint(options) == "--url, --unix-socket, --config and --spawn exclude each other: give one");
  options.spawn = "";
  options.username = "u";
  CHECK(complaint(options) == "--username goes with --password-env NAME or --password-file FILE");
  options.password_env = "P";
  CHECK(complaint(options) == "");
  options.password_file = "f";
  CHECK(complaint(options) == "--password-env and --password-file exclude each other: give one");
  options = {};
  options.spec = "2";
  CHECK(complaint(options) == "--spec 2: expected auto, 1.0 or 1.1");
  options = {};
  options.sweep = true;
  CHECK(complaint(options) == "--sweep: name the target with --url, --unix-socket or --config");
}

TEST_CASE("The same run again is words for a shell, without a password") {
  Options options;
  CHECK(options.again("1.0") == " --spec 1.0");
  options.url = "http://h:1/a?b";
  options.strict = options.require_all = true;
  options.allow = {"slow", "heavy,hostile"};
  options.fixtures = {"my cases"};
  options.timeout = "3";
  options.username = "u";
  options.password_file = "the file";
  CHECK(options.again("1.1") ==
        " --url 'http://h:1/a?b' --spec 1.1 --strict --allow slow --allow heavy,hostile --require-all "
        "--fixtures 'my cases' --timeout 3");
  CHECK(options.again_as_user() == " --username u --password-file 'the file'");
  CHECK(options.password_source() == "\"$(cat 'the file')\"");
  options.password_env = "P";
  CHECK(options.password_source() == "\"$P\"");
}

TEST_CASE("A password in a configuration file is not shown, and its place is") {
  std::string path = std::filesystem::temp_directory_path() / "conformance-XXXXXX";
  const int descriptor = mkstemp(path.data());
  REQUIRE(descriptor >= 0);
  close(descriptor);
  std::ofstream(path) << "[inet_http_server]\nport = 1\nusername = u\npassword = s3cret\n";
  Options options;
  options.config = path;
  options.read_config();
  std::filesystem::remove(path);  // it is read once
  CHECK(options.endpoint()->str() == "http://127.0.0.1:1/RPC2");
  CHECK(options.credentials()->password == "s3cret");
  CHECK(options.password_source() ==
        "\"${SUPERVISOR_PASSWORD:?set it to the password in " + std::string(path) + ":4}\"");
  CHECK(options.again("1.0") == " --config " + std::string(path) + " --spec 1.0");
}
