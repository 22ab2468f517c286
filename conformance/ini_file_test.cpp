#include "ini_file.h"

#include <catch2/catch_test_macros.hpp>

using namespace conformance;

namespace {

std::string value(std::string_view text, const std::string& key = "k", const std::string& section = "s") {
  const IniFile file("f", text);
  const auto* found = file.find(section, key);
  return found ? found->text + "@" + std::to_string(found->place.line) : "nothing";
}

std::string complaint(std::string_view text) {
  try {
    const IniFile file("f", text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A key has = or :, any case, and blanks around it") {
  CHECK(value("[s]\nk=v") == "v@2");
  CHECK(value("[s]\r\nK : v w \r\n") == "v w@2");
  CHECK(value("[s]\rk\t=\ta=b:c") == "a=b:c@2");
  CHECK(value("[s]\nk:a=b") == "a=b@2");
  CHECK(value("[s]\nk=") == "@2");
  CHECK(value("[t]\nk=v") == "nothing");
  CHECK(value("[S]\nk=v") == "nothing");
  CHECK(value(" [s] and more\nk=v") == "v@2");
  CHECK(value("[a]b]\nk=v", "k", "a]b") == "v@2");
}

TEST_CASE("The last of several counts, and [DEFAULT] where a section has none") {
  CHECK(value("[s]\nk=1\n[t]\n[s]\nk=2\n") == "2@5");
  CHECK(value("[s]\n[DEFAULT]\nk=d") == "d@3");
  CHECK(value("[DEFAULT]\nk=d\n[s]\nk=v") == "v@4");
}

TEST_CASE("A comment begins a line or stands behind a blank") {
  CHECK(value("; c\n # c\n[s] ; c\nk=v ; c") == "v@4");
  CHECK(value("[s]\nk=v\t# c") == "v@2");
  CHECK(value("[s]\nk=a;b#c") == "a;b#c@2");
  CHECK(value("[s]\nk= ;c") == "@2");
  CHECK(value("[s]\nk=a;b ;c") == "a;b@2");
  CHECK(value("[s]\nk=x a#b #c ;d") == "x a#b #c@2");  // as configparser has it
}

TEST_CASE("A line that begins further in continues a value") {
  CHECK(value("[s]\nk=a\n  b\n\n ; c\n\tc\nl=d") == "a\nb\n\nc@2");
  CHECK(value("[s]\n  k=a\n  l=b") == "a@2");
  CHECK(value("[s]\n  k=a\n  l=b", "l") == "b@3");
  CHECK(value("[s]\nk=a\n\n\n") == "a@2");
  CHECK(value("[s]\n\tk=v") == "v@2");
}

TEST_CASE("A line that is nothing is named, and not shown") {
  CHECK(complaint("\nsecret") == "f:2:1: there is no [section] before this line");
  CHECK(complaint("[s]\nsecret") ==
        "f:2:1: this line is neither a [section] nor a key with = or : behind it");
  CHECK(complaint("[s]\n=secret") != "");
  CHECK(complaint("[]\nk=secret") != "");
  CHECK(complaint("") == "");
}
