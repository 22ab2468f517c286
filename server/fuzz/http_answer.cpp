#include "http_answer.h"

#include "require.h"

namespace cache_server::fuzz {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

HttpAnswer read_http_answer(std::string_view bytes, bool is_to_head) {
  HttpAnswer answer;
  const auto head_end = bytes.find("\r\n\r\n");
  require(head_end != std::string_view::npos, "an answer has a head that ends", bytes);
  std::string_view head = bytes.substr(0, head_end + 2);
  answer.body = bytes.substr(head_end + 4);

  const auto take_line = [&] {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    require(line.find_first_of("\r\n") == std::string_view::npos,
            "a line of a head ends with CR and LF, and holds no other", bytes);
    return line;
  };

  const std::string_view status_line = take_line();
  require(status_line.starts_with("HTTP/1.1 ") && status_line.size() > 13 &&
              is_digits(status_line.substr(9, 3)) && status_line[12] == ' ',
          "an answer begins HTTP/1.1, status and reason", bytes);
  answer.status = std::stoi(std::string(status_line.substr(9, 3)));

  std::string length;
  while (!head.empty()) {
    const std::string_view line = take_line();
    const auto colon = line.find(": ");
    require(colon != std::string_view::npos && colon > 0, "a field is `Name: value`",
            bytes);
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 2);
    if (name == "Content-Length") {
      require(length.empty(), "an answer has one Content-Length", bytes);
      length = value;
    } else if (name == "Content-Type") {
      answer.content_type = value;
    } else if (name == "Connection") {
      answer.closes = value == "close";
    } else {
      require(name == "WWW-Authenticate" && answer.status == 401,
              "an answer has no field that nobody knows of", bytes);
    }
  }
  require(is_digits(length), "an answer has a Content-Length", bytes);
  require(!answer.content_type.empty(), "an answer has a Content-Type", bytes);
  require(is_to_head ? answer.body.empty() : std::stoull(length) == answer.body.size(),
          "an answer is as long as its Content-Length says", bytes);
  return answer;
}

}  // namespace cache_server::fuzz
