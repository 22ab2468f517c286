#include "output_tail.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <memory>

using namespace conformance;

namespace {

void write_all(int descriptor, const std::string& text) {
  // The pipe holds less than some of these: what it takes was read meanwhile.
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(descriptor, text.data() + at, text.size() - at);
    REQUIRE(written > 0);
    at += static_cast<std::size_t>(written);
  }
}

}  // namespace

TEST_CASE("What has been written is told at once, without the last line's end") {
  OutputTail output;
  CHECK(output.last().empty());
  write_all(output.writer(), "one\n");
  CHECK(output.last() == "one");
  write_all(output.writer(), "two\n\n");
  CHECK(output.last() == "one\ntwo");
  output.close_writer();
  CHECK(output.last() == "one\ntwo");
}

TEST_CASE("However much is written, whole lines from its end are kept, and nobody waits") {
  OutputTail output;
  const std::string line = std::string(99, 'x') + "\n";
  for (int i = 0; i < 100'000; ++i) write_all(output.writer(), line);
  write_all(output.writer(), "last\n");
  std::string kept = output.last();
  CHECK(kept.size() <= 2000);
  CHECK(kept.size() > 1800);
  CHECK(kept.starts_with(line));
  CHECK(kept.ends_with(line + "last"));

  write_all(output.writer(), std::string(1'000'000, 'y'));
  CHECK(output.last() == std::string(2000, 'y'));
}

TEST_CASE("It ends also while somebody else may still write") {
  auto output = std::make_unique<OutputTail>();
  const int kept_open = dup(output->writer());
  output.reset();
  close(kept_open);
}
