#include "value.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "call_reader.h"
#include "response_writer.h"

using namespace cache_server;

TEST_CASE("the size of a value is its texts, and the overhead of each value and name") {
  const std::size_t each = kBytesPerValue;
  CHECK(size_in_bytes(Nil()) == each);
  CHECK(size_in_bytes(true) == each);
  CHECK(size_in_bytes(5) == each);
  CHECK(size_in_bytes(1.5) == each);
  CHECK(size_in_bytes("") == each);
  CHECK(size_in_bytes("\xC3\xA9") == each + 2);
  CHECK(size_in_bytes(DateTime{"20200101T00:00:00"}) == each + 17);
  CHECK(size_in_bytes(Array()) == each);
  CHECK(size_in_bytes(Array{1, "ab", Array{""}}) == 5 * each + 2);
  CHECK(size_in_bytes(Struct{{"name", 1}, {"", "ab"}}) == 5 * each + 6);
}

// All of these recurse, as deep as the reader lets values nest. asan looks at the stack.
TEST_CASE("values as deep as can be answered are copied, compared, sized and written") {
  Value array;
  Value structure;
  for (int level = 0; level < static_cast<int>(kDeepestAnswered); ++level) {
    array = Array{std::move(array)};
    structure = Struct{{"m", std::move(structure)}};
  }
  for (const Value& value : {array, structure}) {
    const Value copy = value;
    CHECK(copy == value);
    CHECK(size_in_bytes(copy) >= kDeepestAnswered * kBytesPerValue);
    CHECK_THROWS_AS(write_response(copy), Unmarshallable);  // the nil in the middle
  }
}
