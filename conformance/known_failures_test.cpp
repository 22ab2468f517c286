#include "known_failures.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace conformance;

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_days today = 2026y / 2 / 28;

/// A file with this list, removed at the end.
class List {
 public:
  explicit List(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / "known-failures-test-XXXXXX") {
    const int file = mkstemp(path_.data());
    REQUIRE(file >= 0);
    close(file);
    std::ofstream(path_) << text;
  }
  ~List() { std::filesystem::remove(path_); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The only entry of a list, with these keys.
KnownFailure entry(const std::string& keys) {
  const List list(R"({"format": "1.0", "known": [{)" + keys + "}]}");
  return KnownFailures(list.path(), today).entries().at(0);
}

bool covers(const std::string& pattern, const std::string& id) {
  return entry(R"("reason": "r", "ids": ")" + pattern + "\"").covers(id);
}

bool expired(const std::string& day) {
  return entry(R"("ids": "a", "reason": "r", "expires": ")" + day + "\"").expired;
}

/// Why a list is refused, or what it says of these cases, without the file's name.
std::string refusal(const std::string& text, const std::vector<std::string>& ids = {"a", "b-1", "b-2"}) {
  const List list(text);
  std::vector<Case> cases(ids.size());
  std::vector<const Case*> all;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    cases[i].id = ids[i];
    all.push_back(&cases[i]);
  }
  try {
    KnownFailures(list.path(), today).check(all);
  } catch (const InputError& error) {
    std::string message = error.what();
    for (auto at = message.find(list.path()); at != std::string::npos; at = message.find(list.path()))
      message.erase(at, list.path().size());
    return message;
  }
  return "";
}

std::string list_of(const std::string& entries) {
  return "{\"format\": \"1.0\", \"known\": [\n" + entries + "]}";
}

}  // namespace

TEST_CASE("A star stands for any characters, also none, and all else for itself") {
  CHECK(covers("a-b", "a-b"));
  CHECK_FALSE(covers("a-b", "a-bc"));
  CHECK_FALSE(covers("a-b", "xa-b"));
  CHECK(covers("*", "a"));
  CHECK(covers("a*", "a"));
  CHECK(covers("a*", "abc"));
  CHECK_FALSE(covers("a*", "ba"));
  CHECK(covers("*a", "ba"));
  CHECK_FALSE(covers("*a", "ab"));
  CHECK(covers("a*c*e", "abcbcde"));
  CHECK_FALSE(covers("a*c*e", "abcd"));
  CHECK(covers("**", "a"));
  CHECK_FALSE(covers("", "a"));
  CHECK_FALSE(covers("a.c", "abc"));
}

TEST_CASE("An entry excuses up to and with its last day") {
  CHECK_FALSE(entry(R"("ids": "a", "reason": "r")").expired);
  CHECK(expired("2026-02-27"));
  CHECK_FALSE(expired("2026-02-28"));
  CHECK_FALSE(expired("2026-03-01"));
  CHECK(expired("2024-02-29"));
  for (const char* day : {"2026-02-29", "2026-13-01", "2026-1-01", "26-01-01", "2026-01-01 ", "2026/01/01",
                          "2026-01-+1", "0x10-01-01", ""}) {
    CAPTURE(day);
    CHECK(refusal(list_of(R"({"ids": "a", "reason": "r", "expires": ")" + std::string(day) + "\"}")) ==
          ":2:40: expected a day as YYYY-MM-DD, found \"" + std::string(day) + "\"");
  }
}

TEST_CASE("An entry says why") {
  CHECK(entry(R"("ids": "a", "reason": "r")").why() == "r");
  CHECK(entry(R"("ids": "a", "reason": "r", "link": "http://h/1")").why() == "r (http://h/1)");
}

TEST_CASE("A list that strays from the format is refused with its place") {
  CHECK(refusal(list_of("")) == "");
  CHECK(refusal(list_of(R"({"ids": "a", "reason": "r"}, {"ids": "b-*", "reason": "r"})")) == "");
  CHECK(refusal(R"({"format": "1.1", "known": []})") ==
        ":1:12: format \"1.1\" is not known here; this program reads \"1.0\"");
  CHECK(refusal(R"({"format": "1.0", "cases": []})") == ":1:19: unknown key \"cases\"; known here: format, known");
  CHECK(refusal(list_of(R"({"ids": "a"})")) == ":2:1: the key \"reason\" is missing");
  CHECK(refusal(list_of(R"({"reason": "r"})")) == ":2:1: the key \"ids\" is missing");
  CHECK(refusal(list_of(R"({"ids": "a", "reason": ""})")) == ":2:24: expected one line of text");
  CHECK(refusal(list_of(R"({"ids": "a", "reason": "r", "link": ""})")) == ":2:37: expected one line of text");
  CHECK(refusal(list_of(R"({"ids": "a", "reason": "r", "until": ""})")) ==
        ":2:29: unknown key \"until\"; known here: ids, reason, link, expires");
}

TEST_CASE("Each entry covers some case, and each case has one entry at most") {
  CHECK(refusal(list_of(R"({"ids": "c", "reason": "r"})")) ==
        ":2:9: \"c\" is the id of no case for this target and spec");
  CHECK(refusal(list_of("{\"ids\": \"b-*\", \"reason\": \"r\"},\n{\"ids\": \"b-2\", \"reason\": \"r\"}")) ==
        ":3:9: the case b-2 is covered already, at :2:9");
  CHECK(refusal(list_of("{\"ids\": \"a\", \"reason\": \"r\"},\n{\"ids\": \"a\", \"reason\": \"r\"}")) ==
        ":3:9: the case a is covered already, at :2:9");
}
