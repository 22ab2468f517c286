#include "fixture.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace conformance;

namespace fs = std::filesystem;

namespace {

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "fixture-test-XXXXXX").string()) {
    REQUIRE(mkdtemp(path_.data()));
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

  void write(const std::string& name, const std::string& text) const {
    const fs::path file = fs::path(path_) / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

 private:
  std::string path_;
};

std::string statement(const std::string& id) {
  return R"({"id": ")" + id +
         R"(", "level": "must", "statement": "s", "source": "d", "if_broken": "b", "proved_by": "cases"})";
}

std::string behaviours(const std::string& statements) {
  return "{\"format\": \"1.0\", \"behaviours\": [\n" + statements + "]}";
}

/// A suite of one case, on line 2.
std::string suite(const std::string& id, const std::string& more = "\"cites\": [\"b\"]") {
  return "{\"format\": \"1.0\", \"suite\": \"s\", \"title\": \"t\", \"cases\": [\n{\"id\": \"" + id +
         "\", \"title\": \"t\", \"level\": \"must\", " + more +
         ", \"steps\": [{\"call\": \"m\", \"value\": 1}]}]}";
}

std::string refusal(const std::vector<std::string>& folders) {
  try {
    const Fixtures fixtures(folders);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The refusal of a folder that holds this one suite, without the folder.
std::string suite_refusal(const std::string& text) {
  const Folder folder;
  folder.write("behaviours.json", behaviours(statement("b")));
  folder.write("x.json", text);
  const std::string message = refusal({folder.path()});
  return message.starts_with(folder.path()) ? message.substr(folder.path().size()) : message;
}

std::vector<std::string> ids(const Fixtures& fixtures) {
  std::vector<std::string> all;
  for (const Case& found : fixtures.cases()) all.push_back(found.id);
  return all;
}

}  // namespace

TEST_CASE("Suites are read in the order of their names, wherever they lie") {
  const Folder folder;
  folder.write("behaviours.json", behaviours(statement("b")));
  folder.write("wire/1.json", suite("four"));
  folder.write("cache/b.json", suite("two"));
  folder.write("cache/a.json", suite("one"));
  folder.write("cache/deep/a.json", suite("three"));
  folder.write("schema/suite.schema.json", "not JSON");
  folder.write("matching/x.json", "not JSON");
  folder.write("cache/README.md", "not JSON");
  const std::vector<std::string> order = {"one", "two", "three", "four"};
  const Fixtures fixtures({folder.path()});
  CHECK(ids(fixtures) == order);
  CHECK(fixtures.cases()[0].suite == "s");
  CHECK(fixtures.cases()[0].place.str() == folder.path() + "/cache/a.json:2:1");
  CHECK(fixtures.cases()[0].cites[0]->id == "b");
  CHECK(ids(Fixtures({folder.path() + "/"})) == order);

  // So many that no file system lists them in this order by chance.
  const Folder many;
  many.write("behaviours.json", behaviours(statement("b")));
  std::vector<std::string> names;
  for (const char name : std::string("jbhdfaecgi"))
    many.write(std::string(1, name) + ".json", suite(std::string(1, name)));
  for (const char name : std::string("abcdefghij")) names.push_back(std::string(1, name));
  CHECK(ids(Fixtures({many.path()})) == names);
}

TEST_CASE("The digest covers what is read, with its path below the folder") {
  const Folder folder, other;
  for (const Folder* one : {&folder, &other}) {
    one->write("behaviours.json", behaviours(statement("b")));
    one->write("cache/a.json", suite("one"));
  }
  const std::string digest = Fixtures({folder.path()}).digest();
  CHECK(digest.size() == std::string("sha256:").size() + 64);
  CHECK(Fixtures({other.path() + "/"}).digest() == digest);
  other.write("schema/x.json", "not read");
  other.write("matching/x.json", "not read");
  other.write("cache/README.md", "not read");
  CHECK(Fixtures({other.path()}).digest() == digest);
  other.write("cache/schema/x.json", suite("two"));
  CHECK(Fixtures({other.path()}).digest() != digest);
  folder.write("behaviours.json", behaviours(statement("b")) + "\n");
  CHECK(Fixtures({folder.path()}).digest() != digest);
}

TEST_CASE("A place is told below its folder") {
  const Folder folder, other;
  folder.write("behaviours.json", behaviours(statement("b")));
  folder.write("cache/a.json", suite("one"));
  other.write("b.json", suite("two"));
  const Fixtures fixtures({folder.path(), other.path() + "/"});
  CHECK(fixtures.below_folder(fixtures.cases()[0].place.file) == "cache/a.json");
  CHECK(fixtures.below_folder(fixtures.cases()[1].place.file) == "b.json");
  CHECK(fixtures.below_folder("--spec auto") == "--spec auto");
}

TEST_CASE("Several folders are read one after the other, and share statements") {
  const Folder first, second;
  first.write("behaviours.json", behaviours(statement("b")));
  first.write("z.json", suite("one"));
  second.write("a.json", suite("two"));
  CHECK(ids(Fixtures({first.path(), second.path()})) == std::vector<std::string>{"one", "two"});
  CHECK(refusal({second.path(), first.path()}) ==
        second.path() + "/a.json:2:56: \"b\" is no statement of behaviours.json");
  second.write("behaviours.json", behaviours(statement("b")));
  CHECK(refusal({first.path(), second.path()}) ==
        second.path() + "/behaviours.json:2:8: the id \"b\" is used twice");
}

TEST_CASE("The namespace is the cache's, or the one that behaviours.json names") {
  const auto named = [](const std::string& name) {
    return "{\"format\": \"1.0\", \"namespace\": \"" + name + "\", \"behaviours\": []}";
  };
  const Folder cache, counter, other, none;
  cache.write("behaviours.json", behaviours(statement("b")));
  cache.write("x.json", suite("one"));
  counter.write("behaviours.json", named("counter-2_X"));
  other.write("behaviours.json", named("cache"));
  for (const Folder* folder : {&counter, &other, &none})
    folder->write("x.json", R"({"format": "1.0", "suite": "s", "title": "t", "cases": []})");
  CHECK(Fixtures({cache.path()}).name_space() == "cache");
  CHECK(Fixtures({none.path()}).name_space() == "cache");
  CHECK(Fixtures({counter.path()}).name_space() == "counter-2_X");
  CHECK(Fixtures({none.path(), counter.path(), none.path()}).name_space() == "counter-2_X");
  CHECK(Fixtures({cache.path(), other.path()}).name_space() == "cache");

  CHECK(refusal({cache.path(), counter.path()}) ==
        counter.path() + "/behaviours.json:1:32: the namespace is \"counter-2_X\", and that of " + cache.path() +
            "/behaviours.json is \"cache\": the cases of a run share one");
  CHECK(refusal({counter.path(), none.path(), cache.path()}) ==
        cache.path() + "/behaviours.json:1:1: the namespace is \"cache\", as none is named, and that of " +
            counter.path() + "/behaviours.json is \"counter-2_X\": the cases of a run share one");
  for (const std::string& bad : {std::string(), std::string("a.b"), std::string("a b"), std::string(61, 'a')}) {
    counter.write("behaviours.json", named(bad));
    CHECK(refusal({counter.path()}) == counter.path() + "/behaviours.json:1:32: expected at most 60 letters, "
                                                        "digits, _ and -, found " + brief(Json(bad)));
  }
}

TEST_CASE("An id that is used in two suites is refused with both places") {
  const Folder folder;
  folder.write("behaviours.json", behaviours(statement("b")));
  folder.write("a.json", suite("same"));
  folder.write("b.json", suite("same"));
  CHECK(refusal({folder.path()}) == folder.path() + "/b.json:2:8: the id \"same\" is used twice; first at " +
                                        folder.path() + "/a.json:2:8");
}

TEST_CASE("A suite that strays from the format is refused with its place") {
  CHECK(suite_refusal(suite("a")) == "");
  CHECK(suite_refusal(R"({"format": "2.0", "suite": "s"})") ==
        "/x.json:1:12: format \"2.0\" is not known here; this program reads \"1.0\"");
  CHECK(suite_refusal(R"({"format": "1.0", "name": "s"})") ==
        "/x.json:1:19: unknown key \"name\"; known here: format, suite, title, cases");
  CHECK(suite_refusal(R"({"suite": "s"})") == "/x.json:1:1: the key \"format\" is missing");
  CHECK(suite_refusal(R"({"format": "1.0"})") == "/x.json:1:1: the key \"suite\" is missing");
  CHECK(suite_refusal(R"({"format": "1.0", "suite": "s"})") ==
        "/x.json:1:1: the key \"title\" is missing");
  CHECK(suite_refusal(R"({"format": "1.0", "suite": "s", "title": "t"})") ==
        "/x.json:1:1: the key \"cases\" is missing");
  CHECK(suite_refusal(R"({"format": "1.0", "suite": "s", "title": "t", "cases": {}})") ==
        "/x.json:1:56: expected an array, found an object");
  CHECK(suite_refusal(suite("a", R"("cites": ["c"])")) ==
        "/x.json:2:54: \"c\" is no statement of behaviours.json");
  CHECK(suite_refusal("{").starts_with("/x.json:1:2: not JSON: "));
}

TEST_CASE("Statements that stray from the format are refused with their place") {
  const auto message = [](const std::string& text) {
    const Folder folder;
    folder.write("behaviours.json", text);
    folder.write("x.json", suite("a"));
    return refusal({folder.path()}).substr(folder.path().size());
  };
  CHECK(message(R"({"format": "1.1", "behaviours": []})") ==
        "/behaviours.json:1:12: format \"1.1\" is not known here; this program reads \"1.0\"");
  CHECK(message(behaviours(statement("b") + ",\n" + statement("b"))) ==
        "/behaviours.json:3:8: the id \"b\" is used twice");
  CHECK(message(behaviours(R"({"id": "b", "levle": "must"})")) ==
        "/behaviours.json:2:13: unknown key \"levle\"; known here: id, level, statement, source, "
        "if_broken, specs, proved_by, kept_by_reference");
  CHECK(message(behaviours(R"({"id": "b", "level": "must"})")) ==
        "/behaviours.json:2:1: the key \"statement\" is missing");
}

TEST_CASE("A folder that is missing, or has no suites, is refused") {
  const Folder folder;
  CHECK(refusal({folder.path() + "/gone"}) == folder.path() + "/gone: there is no such folder");
  CHECK(refusal({folder.path()}) == folder.path() + ": there is no .json file with cases in it");
  folder.write("behaviours.json", behaviours(statement("b")));
  folder.write("schema/x.json", suite("a"));
  CHECK(refusal({folder.path()}) == folder.path() + ": there is no .json file with cases in it");
}
