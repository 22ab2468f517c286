#include "methods.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "fault.h"

using namespace cache_server;

namespace {

struct Counter {
  int calls = 0;
};

Value count(Counter& counter, const Params&) { return ++counter.calls; }
Value newer(Counter&, const Params&) { return "newer"; }

using CounterRow = Row<Counter>;

constexpr std::array kRows = {
    CounterRow{"test.count", "1.0", "integer", "Counts.", count},
    CounterRow{"test.count", "1.1", "integer", "Counts anew.", newer},
    CounterRow{"test.late", "1.1", "boolean string array", "Comes late.", newer},
};
static_assert(rows_are_sound(kRows));

constexpr bool is_sound(CounterRow row) { return rows_are_sound(std::array{row}); }
static_assert(is_sound({"a.b", "1.0", "string", "Helps.", count}));
static_assert(is_sound({"a.b", "1.0", "int integer", "Helps.", count}));
static_assert(!is_sound({"a.b", "1.2", "string", "Helps.", count}));
static_assert(!is_sound({"a.b", "1.0", "text", "Helps.", count}));
static_assert(!is_sound({"a.b", "1.0", "string  string", "Helps.", count}));
static_assert(!is_sound({"a.b", "1.0", "", "Helps.", count}));
static_assert(!is_sound({"a.b", "1.0", "string", "", count}));
static_assert(!is_sound({"a.b", "1.0", "string", "Helps.", nullptr}));
static_assert(!is_sound({"ab", "1.0", "string", "Helps.", count}));
static_assert(!is_sound({"a.b.c", "1.0", "string", "Helps.", count}));
static_assert(!rows_are_sound(std::array{kRows[1], kRows[0]}), "not sorted by since");
static_assert(!rows_are_sound(std::array{kRows[2], kRows[0]}), "not sorted by name");
static_assert(!rows_are_sound(std::array{kRows[0], kRows[0]}), "a double");

struct Fixture {
  Counter counter;
  std::vector<Method> methods;

  Fixture() { bind_rows<Counter>(kRows, counter, methods); }

  std::string fault(const std::string& name, const Params& params) {
    try {
      call_method(methods, "1.0", name, params);
      return "none";
    } catch (const Fault& fault) {
      return fault.what();
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the newest row that the spec allows is called") {
  CHECK(call_method(methods, "1.0", "test.count", {}) == Value(1));
  CHECK(call_method(methods, "1.1", "test.count", {}) == Value("newer"));
  CHECK(counter.calls == 1);
  CHECK(find_method(methods, "1.0", "test.late") == nullptr);
  CHECK(find_method(methods, "1.1", "test.late")->help == "Comes late.");
}

TEST_CASE_METHOD(Fixture, "an unknown method is refused, whatever its parameters") {
  for (const char* name : {"test.late", "test.Count", "test", "test.", "", ".", "count",
                           "test.count.", "other.count", " test.count"}) {
    CHECK(fault(name, {1, 2, 3}) == "UNKNOWN_METHOD");
  }
}

TEST_CASE_METHOD(Fixture, "a wrong number of parameters never reaches the method") {
  CHECK(fault("test.count", {"a"}) == "INCORRECT_PARAMETERS");
  CHECK(counter.calls == 0);
  CHECK(arity("boolean") == 0);
  CHECK(arity("boolean string array") == 2);
}

TEST_CASE_METHOD(Fixture, "a guard is asked after name and number, before the method") {
  bool open = false;
  methods.clear();
  bind_rows<Counter>(kRows, counter, methods, [&] {
    if (!open) throw Fault(FaultCode::SHUTDOWN_STATE);
  });
  CHECK(fault("test.nope", {}) == "UNKNOWN_METHOD");
  CHECK(fault("test.count", {1}) == "INCORRECT_PARAMETERS");
  CHECK(fault("test.count", {}) == "SHUTDOWN_STATE");
  CHECK(counter.calls == 0);
  open = true;
  CHECK(fault("test.count", {}) == "none");
  CHECK(counter.calls == 1);
}
